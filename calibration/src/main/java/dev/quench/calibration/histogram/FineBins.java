// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import java.util.Arrays;

/// The non-empty bins of a histogram at the finest resolution, in ascending order of magnitude:
/// [ExponentBins] in place of the first 128 bins of equal width, then the remaining bins of equal
/// width. Each is narrower than a 128th of the magnitudes it holds. Immutable.
public final class FineBins {
  private final double[] lower;
  private final double[] upper;
  private final long[] positives;
  private final long[] negatives;
  private final int size;

  private FineBins(Bins bins) {
    int most = bins.linear().filled() + bins.small().filled();
    long[] positiveLinear = bins.linear().unpacked(0, BinWidth.BINS);
    long[] negativeLinear = bins.linear().unpacked(BinWidth.BINS, BinWidth.BINS);
    this.lower = new double[most];
    this.upper = new double[most];
    this.positives = new long[most];
    this.negatives = new long[most];
    double width = Math.scalb(1.0, bins.exponent());
    int last = ExponentBins.index(Bins.SMALL * width);
    long[] positiveSmall = bins.small().unpacked(0, last);
    long[] negativeSmall = bins.small().unpacked(ExponentBins.BINS, last);
    int filled = 0;
    for (int i = 0; i < last; i++) {
      if (positiveSmall[i] + negativeSmall[i] > 0) {
        lower[filled] = ExponentBins.lowerEdge(i);
        upper[filled] = ExponentBins.upperEdge(i);
        positives[filled] = positiveSmall[i];
        negatives[filled++] = negativeSmall[i];
      }
    }
    for (int i = bins.isFine() ? Bins.SMALL : 0; i < BinWidth.BINS; i++) {
      if (positiveLinear[i] + negativeLinear[i] > 0) {
        lower[filled] = i * width;
        upper[filled] = (i + 1) * width;
        positives[filled] = positiveLinear[i];
        negatives[filled++] = negativeLinear[i];
      }
    }
    this.size = filled;
  }

  public static FineBins of(Histogram histogram) {
    return new FineBins(histogram.bins());
  }

  /// The number of non-empty bins.
  int size() {
    return size;
  }

  double lower(int bin) {
    return lower[bin];
  }

  public double upper(int bin) {
    return upper[bin];
  }

  /// Values of both signs.
  long count(int bin) {
    return positives[bin] + negatives[bin];
  }

  long positives(int bin) {
    return positives[bin];
  }

  long negatives(int bin) {
    return negatives[bin];
  }

  /// The first bin up to which `wanted` values lie; the last one if all bins together hold fewer.
  public int reaching(double wanted) {
    long seen = 0;
    for (int i = 0; i < size; i++) {
      seen += count(i);
      if (seen >= wanted) {
        return i;
      }
    }
    return size - 1;
  }

  /// The magnitude beyond which at most `cutOff` values of one sign lie; 0 if all may.
  public double keeping(boolean positive, double cutOff) {
    long[] counts = positive ? positives : negatives;
    long beyond = 0;
    for (int i = size - 1; i >= 0; i--) {
      beyond += counts[i];
      if (beyond > cutOff) {
        return upper[i];
      }
    }
    return 0;
  }

  /// The first bins, resampled to the equal-width bins that a histogram of them alone would have: a
  /// bin wider than these counts as evenly spread.
  ///
  /// @param bins how many of the first bins, 1 or more
  Histogram first(int bins, Histogram whole) {
    double end = Math.nextDown(upper[bins - 1]);
    int exponent = BinWidth.exponentFor(end);
    long[] counts = new long[2 * BinWidth.BINS];
    double highest = 0;
    double lowest = 0;
    for (int i = 0; i < bins; i++) {
      int from = BinWidth.index(lower[i], exponent);
      int to = Math.max(from, BinWidth.index(Math.nextDown(upper[i]), exponent));
      spread(positives[i], counts, from, to);
      spread(negatives[i], counts, BinWidth.BINS + from, BinWidth.BINS + to);
      highest = positives[i] > 0 ? Math.nextDown(upper[i]) : highest;
      lowest = negatives[i] > 0 ? -Math.nextDown(upper[i]) : lowest;
    }
    BinCounts.Writer packed = new BinCounts.Writer();
    for (int i = 0; i < counts.length; i++) {
      packed.add(i, counts[i]);
    }
    return new Histogram(
        new Bins(exponent, packed.done(), BinCounts.EMPTY),
        new Histogram.Extremes(lowest, highest),
        whole.specials(),
        whole.sampleExtremes());
  }

  private static void spread(long count, long[] counts, int from, int to) {
    int bins = to - from + 1;
    long each = count / bins;
    long rest = count % bins;
    for (int i = 0; i < bins; i++) {
      counts[from + i] += each + rest * (i + 1) / bins - rest * i / bins;
    }
  }

  /// The counts, on one line.
  @Override
  public String toString() {
    return "FineBins[%d bins, %d values]"
        .formatted(size, Arrays.stream(positives).sum() + Arrays.stream(negatives).sum());
  }
}
