// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.detection;

import dev.quench.metric.Outputs;
import dev.quench.run.dataset.Box;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Detectors that suppress duplicates themselves: corners `[N, D, 4]` as x1, y1, x2, y2 in pixels
/// of the input, scores `[N, D]`, classes `[N, D]` of any type, and optionally the number of valid
/// detections, `[N]` or `[N, 1]`. These are the outputs of torchvision exports and of TensorRT's
/// EfficientNMS.
///
/// @param boxes name of the output
/// @param scores name of the output
/// @param classes name of the output
/// @param counts name of the output; without it detections of a score of 0 or less are left out
/// @param firstClass the model's index of class 0; 1 if it has a background class
public record EndToEndDetections(
    String boxes, String scores, String classes, Optional<String> counts, int firstClass)
    implements DetectionDecoder {
  private static final String METRIC = "coco-map";

  @Override
  public List<List<Detection>> decode(Map<String, Tensor> outputs, int samples) {
    Tensor corners = Outputs.choose(METRIC, Optional.of(boxes), outputs);
    Outputs.checkSamples(METRIC, corners, samples, 3, "'" + boxes + "' [N, D, 4]");
    int each = Math.toIntExact(corners.shape().size(1));
    Tensor scoreTensor = flat(outputs, scores, samples, each);
    Tensor classTensor = flat(outputs, classes, samples, each);
    Optional<Tensor> countTensor =
        counts.map(name -> Outputs.choose(METRIC, Optional.of(name), outputs));
    List<List<Detection>> all = new ArrayList<>();
    for (int sample = 0; sample < samples; sample++) {
      int limit =
          countTensor.isPresent() ? (int) Math.min(each, countTensor.get().doubleAt(sample)) : each;
      List<Detection> found = new ArrayList<>();
      for (int i = 0; i < limit; i++) {
        long at = (long) sample * each + i;
        double score = scoreTensor.doubleAt(at);
        int index = (int) classTensor.doubleAt(at) - firstClass;
        if (index >= 0 && (countTensor.isPresent() || score > 0)) {
          add(found, corners, 4 * at, index, score);
        }
      }
      all.add(found);
    }
    return all;
  }

  private static Tensor flat(Map<String, Tensor> outputs, String name, int samples, int each) {
    Tensor tensor = Outputs.choose(METRIC, Optional.of(name), outputs);
    if (tensor.elements() != (long) samples * each) {
      throw new IllegalArgumentException(
          "%s expects output '%s' of shape [%d, %d], got %s"
              .formatted(METRIC, name, samples, each, tensor.shape()));
    }
    return tensor;
  }

  /// Empty boxes and boxes with NaN are left out.
  static void add(List<Detection> found, Tensor corners, long at, int index, double score) {
    double x1 = corners.doubleAt(at);
    double y1 = corners.doubleAt(at + 1);
    double x2 = corners.doubleAt(at + 2);
    double y2 = corners.doubleAt(at + 3);
    if (x1 <= x2 && y1 <= y2 && Double.isFinite(x2 - x1) && Double.isFinite(y2 - y1)) {
      found.add(new Detection(new Box(x1, y1, x2, y2), index, score));
    }
  }
}
