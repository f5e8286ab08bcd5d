// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.detection;

import dev.quench.metric.Outputs;
import dev.quench.metric.TrailingAxes;
import dev.quench.run.dataset.Box;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Detectors of the YOLO family without built-in non-maximum suppression: one output `[N, 4 +
/// classes, A]` (v8 and later) or `[N, A, 5 + classes]` (v5, with an objectness that multiplies the
/// scores), boxes as centre, width and height in pixels of the input.
///
/// Each anchor yields its best class; among boxes of one class that overlap more than
/// `suppression`, the one with the highest score stays.
///
/// @param output the first if empty
/// @param objectness whether the output has an objectness, as in `[N, A, 5 + classes]`
/// @param minimumScore detections below it are left out; 0.001 for average precision
/// @param suppression intersection over union, for example 0.7
/// @param maximum detections to keep per image
public record YoloDetections(
    Optional<String> output,
    boolean objectness,
    double minimumScore,
    double suppression,
    int maximum)
    implements DetectionDecoder {
  private static final String METRIC = "coco-map";

  /// Candidates per image for the suppression, best first.
  private static final int MAX_CANDIDATES = 30_000;

  @Override
  public List<List<Detection>> decode(Map<String, Tensor> outputs, int samples) {
    Tensor raw = TrailingAxes.dropped(Outputs.choose(METRIC, output, outputs), 3);
    Outputs.checkSamples(
        METRIC, raw, samples, 3, objectness ? "[N, A, 5 + classes]" : "[N, 4 + classes, A]");
    int fields = Math.toIntExact(raw.shape().size(objectness ? 2 : 1));
    int anchors = Math.toIntExact(raw.shape().size(objectness ? 1 : 2));
    int first = objectness ? 5 : 4;
    if (fields <= first) {
      throw new IllegalArgumentException(
          "%s expects more than %d fields per box, got %s".formatted(METRIC, first, raw.shape()));
    }
    float[] values = raw.toFloats();
    List<List<Detection>> all = new ArrayList<>();
    for (int sample = 0; sample < samples; sample++) {
      List<Detection> candidates = new ArrayList<>();
      for (int anchor = 0; anchor < anchors; anchor++) {
        int from = sample * fields * anchors + (objectness ? anchor * fields : anchor);
        candidate(values, from, objectness ? 1 : anchors, first, fields, candidates);
      }
      candidates.sort(Comparator.comparingDouble(Detection::score).reversed());
      all.add(suppressed(candidates));
    }
    return all;
  }

  private void candidate(
      float[] values, int from, int stride, int first, int fields, List<Detection> found) {
    int best = first;
    for (int field = first + 1; field < fields; field++) {
      if (values[from + field * stride] > values[from + best * stride]) {
        best = field;
      }
    }
    double score = values[from + best * stride];
    if (objectness) {
      score *= values[from + 4 * stride];
    }
    double x = values[from];
    double y = values[from + stride];
    double halfWidth = values[from + 2 * stride] / 2.0;
    double halfHeight = values[from + 3 * stride] / 2.0;
    if (score >= minimumScore
        && halfWidth >= 0
        && halfHeight >= 0
        && Double.isFinite(x + y + halfWidth + halfHeight)) {
      found.add(
          new Detection(
              new Box(x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight),
              best - first,
              score));
    }
  }

  private List<Detection> suppressed(List<Detection> sorted) {
    List<Detection> kept = new ArrayList<>();
    for (Detection candidate : sorted.subList(0, Math.min(sorted.size(), MAX_CANDIDATES))) {
      if (kept.size() == maximum) {
        break;
      }
      if (kept.stream()
          .noneMatch(other ->
              other.classIndex() == candidate.classIndex()
                  && other.box().iou(candidate.box()) > suppression)) {
        kept.add(candidate);
      }
    }
    return kept;
  }
}
