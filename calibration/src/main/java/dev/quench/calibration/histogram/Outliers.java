// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import java.util.Optional;

/// The values of a tensor that are far larger than almost all others, and the histogram without
/// them.
///
/// A tensor is examined if its largest magnitude is at least [#FAR] times the 99.9th percentile of
/// the nonzero magnitudes. Its outliers lie beyond the first gap above that percentile across which
/// magnitudes grow by a factor of 8. Without such a gap the large values are the tail of the
/// distribution, as in the output of a Softmax, and may matter most: then no value counts as an
/// outlier, and [#isTail] is true.
///
/// Methods that weigh one value against the others,
/// [RangeMethod.Entropy][dev.quench.calibration.method.RangeMethod.Entropy] and
/// [RangeMethod.MeanSquaredError][dev.quench.calibration.method.RangeMethod.MeanSquaredError],
/// ignore outliers: a single wrong one would leave all other values with few levels. Immutable.
public final class Outliers {
  /// The ratio of the largest magnitude to the 99.9th percentile from which a tensor is examined.
  public static final double FAR = 64;

  /// A gap across which magnitudes grow by this factor separates outliers from other values.
  private static final double GAP = 8;

  private static final double SHARE = 0.999;

  private final long count;
  private final double percentile;
  private final boolean coarse;
  private final Histogram others;

  private Outliers(long count, double percentile, boolean coarse, Histogram others) {
    this.coarse = coarse;
    this.count = count;
    this.percentile = percentile;
    this.others = others;
  }

  static Optional<Outliers> of(Histogram histogram) {
    if (histogram.nonZeros() == 0 || isOrdinary(histogram)) {
      return Optional.empty();
    }
    FineBins bins = FineBins.of(histogram);
    int at = bins.reaching(histogram.nonZeros() * SHARE);
    double percentile = bins.upper(at);
    if (!isFar(histogram, percentile)) {
      return Optional.empty();
    }
    if (!histogram.bins().isFine()) {
      return Optional.of(new Outliers(0, percentile, true, histogram));
    }
    int first = at + 1;
    while (first < bins.size() && bins.lower(first) < GAP * bins.upper(first - 1)) {
      first++;
    }
    if (first == bins.size()) {
      return Optional.of(new Outliers(0, percentile, false, histogram));
    }
    long count = 0;
    for (int i = first; i < bins.size(); i++) {
      count += bins.count(i);
    }
    return Optional.of(new Outliers(count, percentile, false, bins.first(first, histogram)));
  }

  /// Whether so many values are large that the largest cannot be far off. Reads the packed counts,
  /// because almost all tensors stop here.
  private static boolean isOrdinary(Histogram histogram) {
    long beyond = 0;
    BinCounts.Cursor cursor = histogram.bins().linear().cursor();
    while (cursor.next()) {
      // The largest magnitude is below the upper edge of the last bin, 64 times that of bin 63.
      beyond += cursor.bin() % BinWidth.BINS >= BinWidth.BINS / FAR ? cursor.count() : 0;
    }
    return beyond > histogram.nonZeros() - histogram.nonZeros() * SHARE;
  }

  private static boolean isFar(Histogram histogram, double percentile) {
    return histogram.amax() > 0 && histogram.amax() >= FAR * percentile;
  }

  /// The number of outliers; 0 if no gap separates the large values from the others.
  public long count() {
    return count;
  }

  /// Whether the large values are the tail of the distribution, without a gap.
  public boolean isTail() {
    return count == 0 && !coarse;
  }

  /// Whether the histogram comes from an older version, which resolves small values too coarsely to
  /// distinguish outliers from a tail or to find a percentile.
  public boolean isCoarse() {
    return coarse;
  }

  /// The 99.9th percentile of the nonzero magnitudes, exact to a 128th.
  public double percentile() {
    return percentile;
  }

  /// The histogram without the outliers.
  Histogram others() {
    return others;
  }
}
