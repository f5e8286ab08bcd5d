// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.method;

import dev.quench.calibration.histogram.Histogram;

/// The 2048 bins of width `amax / 2048` in which TensorRT 10 looks for a threshold, derived from
/// the bins of a [Histogram].
///
/// A bin of the histogram is at most as wide as one of TensorRT's, so an edge of TensorRT's bins
/// divides at most one bin of the histogram, whose values count as evenly spread. If the largest
/// magnitude is a power of two, the bins agree and nothing is estimated. Exact zeros are in the
/// first bin.
final class TensorRtBins {
  static final int BINS = 2048;

  private TensorRtBins() {}

  /// @param histogram with nonzero values
  static long[] of(Histogram histogram) {
    int used = histogram.usedBins();
    double amax = histogram.amax() / histogram.binWidth();
    long[] below = new long[used + 1];
    long[] all = histogram.counts();
    for (int i = 0; i < used; i++) {
      below[i + 1] = below[i] + all[i];
    }
    long total = below[used];
    long[] counts = new long[BINS];
    long before = 0;
    for (int i = 0; i < BINS; i++) {
      // The largest magnitude itself always belongs to the last bin.
      long upTo =
          i == BINS - 1 ? total : Math.min(total - 1, below(amax / BINS * (i + 1), below, amax));
      counts[i] = upTo - before;
      before = upTo;
    }
    counts[0] = Math.addExact(counts[0], histogram.zeros());
    return counts;
  }

  /// @param edge in bins, below `amax`
  private static long below(double edge, long[] below, double amax) {
    int bin = (int) edge;
    long count = below[bin + 1] - below[bin];
    double filledWidth = Math.min(1, amax - bin);
    return below[bin] + Math.round(count * ((edge - bin) / filledWidth));
  }
}
