// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import java.util.Arrays;

/// How often each magnitude `|x|` occurs among the elements of a tensor, over many samples,
/// positive and negative values apart.
///
/// 4096 bins of width `2^k` for each sign, bin `i` holding `i·2^k <= |x| < (i+1)·2^k`; `k` is the
/// smallest integer for which the largest magnitude fits, so 2049 to 4096 bins are in use. Growing
/// `k` adds up pairs of bins, which is exact: the histogram depends only on which samples occurred,
/// not on their order, on batches or on threads, and histograms of shards merge to the histogram of
/// the whole. Exact zeros, NaN and infinities are counted apart and are in no bin. Beside the bins
/// stand the exact extremes of all values and the means of the extremes of each sample.
///
/// Immutable. Equality is by content.
public final class Histogram {
  /// Number of bins of one sign.
  public static final int BINS = BinWidth.BINS;

  /// A histogram of nothing.
  public static final Histogram EMPTY =
      new Histogram(
          BinWidth.MIN_EXPONENT,
          new long[2 * BINS],
          new Extremes(0, 0),
          new Specials(0, 0, 0, 0),
          SampleExtremes.NONE);

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

  /// Bins of positive values, then those of negative ones.
  private final long[] signed;

  private final long nonZeros;
  private final Extremes extremes;
  private final Specials specials;
  private final SampleExtremes samples;

  /// @param signed bins of positive values, then those of negative ones; owned by the histogram
  ///   from now on
  /// @throws ArithmeticException if the counts do not sum up to a `long`
  Histogram(
      int exponent, long[] signed, Extremes extremes, Specials specials, SampleExtremes samples) {
    this.exponent = exponent;
    this.signed = signed;
    this.extremes = extremes;
    this.specials = specials;
    this.samples = samples;
    long sum = 0;
    for (long count : signed) {
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
    return signed[bin] + signed[BINS + bin];
  }

  /// How many of the values in bin `i` are above zero.
  public long positives(int bin) {
    return signed[bin];
  }

  /// How many of the values in bin `i` are below zero.
  public long negatives(int bin) {
    return signed[BINS + bin];
  }

  /// A copy of all counts of magnitudes.
  public long[] counts() {
    long[] counts = new long[BINS];
    for (int i = 0; i < BINS; i++) {
      counts[i] = count(i);
    }
    return counts;
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

  /// Samples with a finite value.
  public long samples() {
    return samples.samples();
  }

  Specials specials() {
    return specials;
  }

  SampleExtremes sampleExtremes() {
    return samples;
  }

  /// The histogram of the samples of both. Associative and commutative, exactly; [#EMPTY] is
  /// neutral.
  ///
  /// @throws ArithmeticException if a count exceeds a `long`
  public Histogram merge(Histogram other) {
    int common = Math.max(exponent, other.exponent);
    long[] sum = rebinned(signed, common - exponent);
    long[] added = rebinned(other.signed, common - other.exponent);
    for (int i = 0; i < sum.length; i++) {
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
    return new Histogram(
        common, sum, both, specials.plus(other.specials), samples.plus(other.samples));
  }

  /// The counts of both signs after the bins have become `2^doublings` times as wide. A copy.
  static long[] rebinned(long[] signed, int doublings) {
    if (doublings == 0) {
      return signed.clone();
    }
    long[] wider = new long[signed.length];
    int shift = Math.min(doublings, Integer.SIZE - 1);
    for (int i = 0; i < BINS; i++) {
      wider[i >> shift] += signed[i];
      wider[BINS + (i >> shift)] += signed[BINS + i];
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
        && samples.equals(that.samples)
        && Arrays.equals(signed, that.signed);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(signed) + extremes.hashCode();
  }

  /// Counts of values and the range, on one line.
  @Override
  public String toString() {
    return "Histogram[%d non-zero in %d bins of 2^%d, %d zeros, min %s, max %s, %d NaN, %d infinities]"
        .formatted(nonZeros, usedBins(), exponent, zeros(), min(), max(), nans(), infinities());
  }
}
