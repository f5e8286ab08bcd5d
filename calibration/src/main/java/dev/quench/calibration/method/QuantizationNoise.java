// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.method;

import dev.quench.calibration.histogram.Histogram;

/// The squared error that symmetric INT8 makes on the values of a histogram, for any threshold.
///
/// Each value counts as the middle of its bin. With `s = t/127`, the values that round to level `j`
/// lie between two bins, so prefix sums of counts and of values give their error, `Σc² - 2·j·s·Σc +
/// j²·s²·n`, directly: one threshold costs 127 look-ups, independent of the number of values and
/// bins. Immutable.
public final class QuantizationNoise {
  public static final int LEVELS = 127;

  /// The smallest threshold that is searched, in bins: one bin a level.
  private static final int FEWEST_BINS = 128;

  private final int bins;
  private final double binWidth;
  private final double amaxInBins;

  /// Sums below a bin, values in bins.
  private final double[] counts;

  private final double[] values;
  private final double[] squares;

  QuantizationNoise(Histogram histogram) {
    this.bins = histogram.usedBins();
    this.binWidth = histogram.binWidth();
    this.amaxInBins = histogram.amax() / binWidth;
    this.counts = new double[bins + 1];
    this.values = new double[bins + 1];
    this.squares = new double[bins + 1];
    long[] all = histogram.counts();
    for (int i = 0; i < bins; i++) {
      double count = all[i];
      double middle = i + 0.5;
      counts[i + 1] = counts[i] + count;
      values[i + 1] = values[i] + count * middle;
      squares[i + 1] = squares[i] + count * middle * middle;
    }
  }

  /// The signal-to-quantization-noise ratio in decibels; infinite without noise, NaN without
  /// signal.
  ///
  /// @param threshold above 0
  double decibels(double threshold) {
    return 10 * Math.log10(squares[bins] / at(threshold / binWidth));
  }

  /// The power of the noise as a share of the signal's, values beyond the threshold weighted apart;
  /// NaN without signal.
  ///
  /// @param threshold above 0
  /// @param clippingWeight what the squared error of a value beyond it counts for; that of others
  ///   counts for 1
  double weighted(double threshold, double clippingWeight) {
    double kept = threshold / binWidth;
    double beyond = beyond(kept, upperEdge(kept));
    return (at(kept) - beyond + clippingWeight * beyond) / squares[bins];
  }

  /// The threshold of least noise among the upper edges of bins, from the 128th on, and the largest
  /// magnitude; the largest in a tie. 0 if all values are zero.
  double quietestThreshold() {
    double best = amaxInBins;
    double least = at(best);
    for (int kept = bins - 1; kept >= FEWEST_BINS && clipped(kept) < least; kept--) {
      double noise = at(kept);
      if (noise < least) {
        least = noise;
        best = kept;
      }
    }
    return best * binWidth;
  }

  /// The noise from clipping alone, which grows as the threshold falls.
  private double clipped(int kept) {
    return beyond(kept, kept);
  }

  /// The noise of the values from the bin `first` on, which lie beyond the threshold.
  private double beyond(double threshold, int first) {
    return Math.max(0, squares[bins] - squares[first] - explained(threshold, first, bins));
  }

  private double at(double threshold) {
    if (bins == 0) {
      return 0;
    }
    double step = threshold / LEVELS;
    double explained = 0;
    int from = upperEdge(0.5 * step);
    for (int level = 1; level < LEVELS && from < bins; level++) {
      int to = upperEdge((level + 0.5) * step);
      explained += explained(level * step, from, to);
      from = to;
    }
    explained += explained(threshold, from, bins);
    return Math.max(0, squares[bins] - explained);
  }

  private double explained(double level, int from, int to) {
    return level * (2 * (values[to] - values[from]) - level * (counts[to] - counts[from]));
  }

  /// The first bin whose middle lies above `edge`.
  private int upperEdge(double edge) {
    return Math.min(bins, (int) (edge + 0.5));
  }
}
