// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.segmentation;

import dev.quench.run.Metric;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The share of correctly classified pixels, `pixelAccuracy`, and its mean over the classes that
/// occur, `meanClassAccuracy`; counts pixels like [MeanIoU].
///
/// @param output the first if empty
public record PixelAccuracy(Optional<String> output) implements Metric {
  /// Uses the first output.
  public PixelAccuracy() {
    this(Optional.empty());
  }

  @Override
  public String name() {
    return "pixel-accuracy";
  }

  @Override
  public Accumulator begin(long first) {
    return new SegmentationScores(
        name(),
        output,
        matrix -> {
          Map<String, Double> scores = new LinkedHashMap<>();
          scores.put("pixelAccuracy", matrix.accuracy());
          scores.put("meanClassAccuracy", matrix.meanClassAccuracy());
          return scores;
        });
  }
}
