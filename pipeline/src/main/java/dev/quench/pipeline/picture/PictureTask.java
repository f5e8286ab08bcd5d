// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.picture;

import dev.quench.metric.TrailingAxes;
import dev.quench.pipeline.PipelineException;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// What a model's outputs say about a picture, and so how they are decoded.
public enum PictureTask {
  /// Scores `[1, classes]`.
  CLASSES,
  /// Boxes of YOLO v8 and later, `[1, 4 + classes, A]`.
  YOLO,
  /// Boxes of YOLO v5, `[1, A, 5 + classes]`.
  YOLO_V5,
  /// Boxes whose duplicates the model has removed, by the names of the outputs.
  DETECTIONS,
  /// Scores `[1, classes, H, W]`, or class indices `[1, H, W]`.
  SEGMENTATION,
  /// A line of text, `[1, T, classes]`.
  TEXT,
  /// Regions of text in a map `[1, 1, H, W]`.
  TEXT_BOXES;

  /// In lower case with dashes, as on a command line.
  public String spelling() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// The task of that [#spelling].
  ///
  /// @throws IllegalArgumentException listing the known ones
  public static PictureTask of(String spelling) {
    return Arrays.stream(values())
        .filter(task -> task.spelling().equals(spelling))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "unknown task '%s'; expected one of %s".formatted(spelling, known())));
  }

  /// All spellings, for help and messages.
  public static String known() {
    return Arrays.stream(values()).map(PictureTask::spelling).collect(Collectors.joining(", "));
  }

  /// The task that the form of the outputs leaves no doubt of.
  ///
  /// @param outputs of the model for one picture
  /// @param metadata of the model
  /// @param dictionary whether the characters behind the classes of a text reader are known
  /// @throws PipelineException if several tasks have outputs of this form; names them
  public static PictureTask of(
      Map<String, Tensor> outputs, Map<String, String> metadata, boolean dictionary) {
    if (EndToEndOutputs.of(outputs.keySet()).isPresent()) {
      return DETECTIONS;
    }
    Tensor first = outputs.values().iterator().next();
    Shape shape = TrailingAxes.dropped(first, 2).shape();
    boolean integers = first.dataType().isInteger();
    if (shape.rank() == 2 && !integers) {
      return CLASSES;
    }
    if (integers && (first.shape().rank() == 3 || first.shape().rank() == 4)) {
      return SEGMENTATION;
    }
    if (first.shape().rank() == 4) {
      return first.shape().size(1) == 1 ? TEXT_BOXES : SEGMENTATION;
    }
    if (first.shape().rank() == 3 && "detect".equals(metadata.get("task"))) {
      return first.shape().size(1) < first.shape().size(2) ? YOLO : YOLO_V5;
    }
    if (first.shape().rank() == 3 && dictionary) {
      return TEXT;
    }
    throw new PipelineException(
        "outputs %s may mean several things; say which by one of %s"
            .formatted(
                outputs.entrySet().stream()
                    .map(each -> "'" + each.getKey() + "' " + each.getValue().shape())
                    .collect(Collectors.joining(", ")),
                known()));
  }
}
