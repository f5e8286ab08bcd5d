// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.method;

import dev.quench.calibration.histogram.Histogram;
import java.util.List;

/// Chooses, among several methods, the one that fits the histogram of one tensor.
///
/// Noise is `R + w·C`: `R` is the squared error of values that are rounded, `C` that of values that
/// are clipped, both as shares of the tensor's power. The least noise wins; of methods within a
/// tenth of a decibel of it, about the uncertainty from the width of a bin, the one that clips
/// least.
///
/// The weight is `w = min(1, 0.003 / R₀)`, where `R₀` is the noise of the whole range, which clips
/// nothing. Where the whole range reaches 25 decibels, so up to a ratio of about 24 between the
/// largest magnitude and the root mean square, `w` is 1, and the signal-to-noise ratio decides.
/// Beyond, a few large values hold so much of the power that they hide the noise of all others from
/// that ratio: a range that leaves most values a handful of levels would still look good. The
/// further the tensor lies beyond, the less of the noise is left to those few. Measured one tensor
/// at a time on eight trained networks: `docs/generate-a-calibration-cache.md`.
///
/// [Outliers][dev.quench.calibration.histogram.Outliers] do not count. A pure function of the
/// histogram.
final class AutoChoice {
  private static final double EQUALLY_GOOD = Math.pow(10, 0.01);

  /// Noise of the whole range up to which clipped values count in full: 25 decibels.
  private static final double TOLERABLE_NOISE = 3e-3;

  private AutoChoice() {}

  /// @param candidates none of which is [RangeMethod.Auto]
  static RangeMethod among(List<RangeMethod> candidates, Histogram histogram) {
    Histogram others = histogram.withoutOutliers();
    if (others.amax() == 0) {
      return candidates.getFirst();
    }
    QuantizationNoise noise = new QuantizationNoise(others);
    double weight = clippingWeight(noise.weighted(others.amax(), 1));
    double[] thresholds = new double[candidates.size()];
    double[] noises = new double[candidates.size()];
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < thresholds.length; i++) {
      thresholds[i] = candidates.get(i).threshold(histogram);
      noises[i] =
          thresholds[i] == 0 ? Double.POSITIVE_INFINITY : noise.weighted(thresholds[i], weight);
      least = Math.min(least, noises[i]);
    }
    int chosen = 0;
    for (int i = 1; i < thresholds.length; i++) {
      boolean good = noises[i] <= least * EQUALLY_GOOD;
      boolean better = noises[chosen] > least * EQUALLY_GOOD || thresholds[i] > thresholds[chosen];
      chosen = good && better ? i : chosen;
    }
    return candidates.get(chosen);
  }

  /// @param unclipped noise of the whole range
  static double clippingWeight(double unclipped) {
    return unclipped <= TOLERABLE_NOISE ? 1 : TOLERABLE_NOISE / unclipped;
  }
}
