// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import dev.quench.digest.Sha256;
import java.util.Optional;

/// How often each magnitude `|x|` occurs among the elements of a tensor, over many samples,
/// positive and negative values apart.
///
/// 4096 bins of width `2^k` for each sign, bin `i` holding `i·2^k <= |x| < (i+1)·2^k`; `k` is the
/// smallest integer for which the largest magnitude fits, so 2049 to 4096 bins are in use.
/// Incrementing `k` adds pairs of bins, which is exact, so the histogram depends only on which
/// samples occurred, not on their order, on batches or on threads, and histograms of shards merge
/// to the histogram of the whole. Exact zeros, NaN and infinities are counted separately, outside
/// the bins. The histogram also holds the exact extremes of all values and the means of each
/// sample's extremes.
///
/// If one value is far larger than the others, the others lie in the first few bins. So the values
/// of the first 128 bins, below a sixteenth of the largest magnitude, are counted once more in bins
/// by exponent and the first seven bits of the mantissa, whose width is at most a 128th of the
/// magnitudes they hold. These merge exactly too.
///
/// Packed: empty bins take no memory. Immutable. Equality is by content.
public final class Histogram {
  /// Number of bins of one sign.
  public static final int BINS = BinWidth.BINS;

  /// A histogram of nothing.
  public static final Histogram EMPTY =
      new Histogram(Bins.EMPTY, new Extremes(0, 0), new Specials(0, 0, 0, 0), SampleExtremes.NONE);

  /// The smallest and the largest finite value; both 0 without finite values.
  record Extremes(double min, double max) {
    double amax() {
      return Math.max(Math.abs(min), Math.abs(max));
    }
  }

  /// Counts of values outside the bins.
  record Specials(long zeros, long nans, long positiveInfinities, long negativeInfinities) {
    Specials plus(Specials other) {
      return new Specials(
          Math.addExact(zeros, other.zeros),
          Math.addExact(nans, other.nans),
          Math.addExact(positiveInfinities, other.positiveInfinities),
          Math.addExact(negativeInfinities, other.negativeInfinities));
    }
  }

  private final Bins bins;
  private final Extremes extremes;
  private final Specials specials;
  private final SampleExtremes samples;

  /// @throws ArithmeticException if the sum of the counts exceeds a `long`
  Histogram(Bins bins, Extremes extremes, Specials specials, SampleExtremes samples) {
    this.bins = bins;
    this.extremes = extremes;
    this.specials = specials;
    this.samples = samples;
    Math.addExact(bins.linear().total(), specials.zeros());
  }

  /// Width of a bin, a power of two, in the unit of the tensor.
  public double binWidth() {
    return Math.scalb(1.0, bins.exponent());
  }

  /// `log2` of [#binWidth].
  public int binExponent() {
    return bins.exponent();
  }

  /// How many values have a magnitude in each bin, without exact zeros. A copy.
  public long[] counts() {
    long[] counts = positives();
    long[] negatives = negatives();
    for (int i = 0; i < BINS; i++) {
      counts[i] += negatives[i];
    }
    return counts;
  }

  /// How many of the values in each bin are above zero. A copy.
  public long[] positives() {
    return bins.linear().unpacked(0, BINS);
  }

  /// How many of the values in each bin are below zero. A copy.
  public long[] negatives() {
    return bins.linear().unpacked(BINS, BINS);
  }

  /// The number of bins up to and including that of the largest magnitude; 0 without nonzero
  /// values.
  public int usedBins() {
    return amax() == 0 ? 0 : BinWidth.index(amax(), bins.exponent()) + 1;
  }

  /// The largest finite magnitude, exactly; 0 without finite values.
  public double amax() {
    return extremes.amax();
  }

  /// The smallest finite value; 0 without finite values.
  public double min() {
    return extremes.min();
  }

  /// The largest finite value; 0 without finite values.
  public double max() {
    return extremes.max();
  }

  /// Finite values other than zero: the sum over all bins.
  public long nonZeros() {
    return bins.linear().total();
  }

  /// Values equal to zero, of either sign.
  public long zeros() {
    return specials.zeros();
  }

  /// Finite values, zeros included.
  public long finiteValues() {
    return nonZeros() + specials.zeros();
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

  /// The values so far from almost all others that they would decide the range alone; empty if the
  /// largest magnitude is below [Outliers#FAR] times the 99.9th percentile.
  public Optional<Outliers> outliers() {
    return Outliers.of(this);
  }

  /// The histogram without its outliers; this one if it has none.
  public Histogram withoutOutliers() {
    return outliers().map(Outliers::others).orElse(this);
  }

  Bins bins() {
    return bins;
  }

  Specials specials() {
    return specials;
  }

  public SampleExtremes sampleExtremes() {
    return samples;
  }

  /// The histogram of the samples of both. Associative and commutative, exactly; [#EMPTY] is
  /// neutral.
  ///
  /// @throws ArithmeticException if a count exceeds a `long`
  public Histogram merge(Histogram other) {
    Extremes both =
        finiteValues() == 0
            ? other.extremes
            : other.finiteValues() == 0
                ? extremes
                : new Extremes(
                    Math.min(extremes.min(), other.extremes.min()),
                    Math.max(extremes.max(), other.extremes.max()));
    return new Histogram(
        bins.plus(other.bins), both, specials.plus(other.specials), samples.plus(other.samples));
  }

  /// SHA-256, in lower-case hex, over the canonical bytes: equal histograms have equal digests.
  public String digest() {
    return Sha256.hex(HistogramCodec.encode(this));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Histogram that
        && bins.equals(that.bins)
        && extremes.equals(that.extremes)
        && specials.equals(that.specials)
        && samples.equals(that.samples);
  }

  @Override
  public int hashCode() {
    return 31 * bins.hashCode() + extremes.hashCode();
  }

  /// The counts and the range, on one line.
  @Override
  public String toString() {
    return "Histogram[%d non-zero in %d bins of 2^%d, %d zeros, min %s, max %s, %d NaN, %d infinities]"
        .formatted(
            nonZeros(), usedBins(), bins.exponent(), zeros(), min(), max(), nans(), infinities());
  }
}
