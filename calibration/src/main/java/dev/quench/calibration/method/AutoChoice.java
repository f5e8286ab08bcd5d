// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.method;

import dev.quench.calibration.histogram.Histogram;
import java.util.List;

/// Chooses, among several methods, the one that fits the histogram of one tensor.
///
/// Methods are ranked by their signal-to-quantization-noise ratio. Those within a tenth of a
/// decibel of the best, about the uncertainty from the width of a bin, count as equally good; among
/// these the method that clips least wins, because clipped values hurt networks more than their
/// share of the noise suggests. [Outliers][dev.quench.calibration.histogram.Outliers] do not count.
final class AutoChoice {
  private static final double EQUALLY_GOOD_DECIBELS = 0.1;

  private AutoChoice() {}

  /// @param candidates none of which is [RangeMethod.Auto]
  static RangeMethod among(List<RangeMethod> candidates, Histogram histogram) {
    QuantizationNoise noise = new QuantizationNoise(histogram.withoutOutliers());
    double[] thresholds = new double[candidates.size()];
    double[] decibels = new double[candidates.size()];
    double best = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < thresholds.length; i++) {
      thresholds[i] = candidates.get(i).threshold(histogram);
      decibels[i] = thresholds[i] == 0 ? best : noise.decibels(thresholds[i]);
      best = Math.max(best, decibels[i]);
    }
    int chosen = -1;
    for (int i = 0; i < thresholds.length; i++) {
      if (decibels[i] >= best - EQUALLY_GOOD_DECIBELS
          && (chosen < 0 || thresholds[i] > thresholds[chosen])) {
        chosen = i;
      }
    }
    return candidates.get(Math.max(0, chosen));
  }
}
