// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.picture;

import dev.quench.metric.detection.EndToEndDetections;
import java.util.Optional;
import java.util.Set;

/// Finds the outputs of a detector that removes duplicates itself by the names that exporters give
/// them.
final class EndToEndOutputs {
  private EndToEndOutputs() {}

  /// Names of TensorRT's EfficientNMS, or `boxes`, `scores` and `labels` or `classes`; empty for
  /// other outputs.
  static Optional<EndToEndDetections> of(Set<String> names) {
    if (names.containsAll(
        Set.of("num_detections", "detection_boxes", "detection_scores", "detection_classes"))) {
      return Optional.of(
          new EndToEndDetections(
              "detection_boxes",
              "detection_scores",
              "detection_classes",
              Optional.of("num_detections"),
              0));
    }
    if (!names.containsAll(Set.of("boxes", "scores"))) {
      return Optional.empty();
    }
    return names.contains("labels") || names.contains("classes")
        ? Optional.of(
            new EndToEndDetections(
                "boxes",
                "scores",
                names.contains("labels") ? "labels" : "classes",
                Optional.empty(),
                0))
        : Optional.empty();
  }
}
