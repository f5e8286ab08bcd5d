// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.segmentation;

import dev.quench.run.Metric;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Mean over classes of intersection over union, from one confusion matrix over all pixels of all
/// masks, in the size of the masks (see [SegmentationOutput]); pixels of class
/// [dev.quench.run.dataset.Mask#IGNORE], and pixels that the model did not see, do not count.
///
/// Scores: `meanIou`, `pixelAccuracy`, and optionally `iouClass0`, `iouClass1`, … for the classes
/// that occur or are predicted.
///
/// @param output the first if empty
/// @param perClass whether to report a score per class
public record MeanIoU(Optional<String> output, boolean perClass) implements Metric {
  /// Uses the first output, without scores per class.
  public MeanIoU() {
    this(Optional.empty(), false);
  }

  @Override
  public String name() {
    return "mean-iou";
  }

  @Override
  public Accumulator begin(long first) {
    return new SegmentationScores(name(), output, this::scores);
  }

  private Map<String, Double> scores(ConfusionMatrix matrix) {
    Map<String, Double> scores = new LinkedHashMap<>();
    scores.put("meanIou", matrix.meanIou());
    scores.put("pixelAccuracy", matrix.accuracy());
    for (int index = 0; perClass && index < matrix.classes(); index++) {
      double iou = matrix.iou(index);
      if (!Double.isNaN(iou)) {
        scores.put("iouClass" + index, iou);
      }
    }
    return scores;
  }
}
