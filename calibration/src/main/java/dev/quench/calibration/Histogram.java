// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import java.util.Arrays;

/// How often each magnitude `|x|` occurs among the elements of a tensor, over many batches.
///
/// 4096 bins of width `2^k`, bin `i` holding `i·2^k <= |x| < (i+1)·2^k`; `k` is the smallest
/// integer for which the largest magnitude fits, so 2049 to 4096 bins are in use. Growing `k` adds
/// up pairs of bins, which is exact: the histogram depends only on which values occurred and how
/// often, not on their order, on batches or on threads, and histograms of shards merge to the
/// histogram of the whole. Exact zeros, NaN and infinities are counted apart and are in no bin.
///
/// Immutable. Equality is by content.
public final class Histogram {
  /// Number of bins.
  public static final int BINS = BinWidth.BINS;

  /// A histogram of nothing.
  public static final Histogram EMPTY =
      new Histogram(
          BinWidth.MIN_EXPONENT, new long[BINS], new Extremes(0, 0), new Specials(0, 0, 0, 0));

  /// The smallest and the largest finite value; both 0 when there is none.
  record Extremes(double min, double max) {
    double amax() {
      return Math.max(Math.abs(min), Math.abs(max));
    }
  }

  /// Values that are in no bin.
  record Specials(long zeros, long nans, long positiveInfinities, long negativeInfinities) {
    Specials plus(Specials other) {
      return new Specials(
          Math.addExact(zeros, other.zeros),
          Math.addExact(nans, other.nans),
          Math.addExact(positiveInfinities, other.positiveInfinities),
          Math.addExact(negativeInfinities, other.negativeInfinities));
    }
  }

  private final int exponent;
  private final long[] counts;
  private final long nonZeros;
  private final Extremes extremes;
  private final Specials specials;

  /// @param counts owned by the histogram from now on
  /// @throws ArithmeticException if the counts do not sum up to a `long`
  Histogram(int exponent, long[] counts, Extremes extremes, Specials specials) {
    this.exponent = exponent;
    this.counts = counts;
    this.extremes = extremes;
    this.specials = specials;
    long sum = 0;
    for (long count : counts) {
      sum = Math.addExact(sum, count);
    }
    this.nonZeros = sum;
    Math.addExact(sum, specials.zeros());
  }

  /// Width of a bin, a power of two, in the tensor's own unit.
  public double binWidth() {
    return Math.scalb(1.0, exponent);
  }

  /// `log2` of [#binWidth].
  public int binExponent() {
    return exponent;
  }

  /// How many values have a magnitude in bin `i`, exact zeros not counted.
  public long count(int bin) {
    return counts[bin];
  }

  /// A copy of all counts.
  public long[] counts() {
    return counts.clone();
  }

  /// Bins up to and including the one of the largest magnitude; 0 when all values are zero or there
  /// are none.
  public int usedBins() {
    return amax() == 0 ? 0 : BinWidth.index(amax(), exponent) + 1;
  }

  /// The largest finite magnitude, exactly; 0 when there is none.
  public double amax() {
    return extremes.amax();
  }

  /// The smallest finite value; 0 when there is none.
  public double min() {
    return extremes.min();
  }

  /// The largest finite value; 0 when there is none.
  public double max() {
    return extremes.max();
  }

  /// Finite values other than zero: the sum over all bins.
  public long nonZeros() {
    return nonZeros;
  }

  /// Values equal to zero, of either sign.
  public long zeros() {
    return specials.zeros();
  }

  /// Finite values, zeros included.
  public long finiteValues() {
    return nonZeros + specials.zeros();
  }

  /// NaN values of any payload.
  public long nans() {
    return specials.nans();
  }

  /// Infinities of both signs.
  public long infinities() {
    return specials.positiveInfinities() + specials.negativeInfinities();
  }

  Specials specials() {
    return specials;
  }

  /// The histogram of the values of both. Associative and commutative, exactly; [#EMPTY] is
  /// neutral.
  ///
  /// @throws ArithmeticException if a count exceeds a `long`
  public Histogram merge(Histogram other) {
    int common = Math.max(exponent, other.exponent);
    long[] sum = rebinned(counts, common - exponent);
    long[] added = rebinned(other.counts, common - other.exponent);
    for (int i = 0; i < BINS; i++) {
      sum[i] = Math.addExact(sum[i], added[i]);
    }
    Extremes both =
        finiteValues() == 0
            ? other.extremes
            : other.finiteValues() == 0
                ? extremes
                : new Extremes(
                    Math.min(extremes.min(), other.extremes.min()),
                    Math.max(extremes.max(), other.extremes.max()));
    return new Histogram(common, sum, both, specials.plus(other.specials));
  }

  /// The counts after the bins have become `2^doublings` times as wide. A copy.
  static long[] rebinned(long[] counts, int doublings) {
    if (doublings == 0) {
      return counts.clone();
    }
    long[] wider = new long[counts.length];
    int shift = Math.min(doublings, Integer.SIZE - 1);
    for (int i = 0; i < counts.length; i++) {
      wider[i >> shift] += counts[i];
    }
    return wider;
  }

  /// SHA-256, in lower-case hex, over the canonical bytes: equal exactly for equal histograms.
  public String digest() {
    return Sha256.hex(HistogramCodec.encode(this));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Histogram that
        && exponent == that.exponent
        && extremes.equals(that.extremes)
        && specials.equals(that.specials)
        && Arrays.equals(counts, that.counts);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(counts) + extremes.hashCode();
  }

  /// Counts of values and the range, on one line.
  @Override
  public String toString() {
    return "Histogram[%d non-zero in %d bins of 2^%d, %d zeros, min %s, max %s, %d NaN, %d infinities]"
        .formatted(nonZeros, usedBins(), exponent, zeros(), min(), max(), nans(), infinities());
  }
}
