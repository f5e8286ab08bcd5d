// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/// Exact sums of the extremes of each sample, so that their means do not depend on the order of the
/// samples.
///
/// A sample is the tensor of one inference; one without finite values does not count. The sums are
/// whole multiples of `2^-149`, the smallest positive float; extremes of double tensors are rounded
/// to float first. Immutable.
///
/// @param samples how many were added
/// @param lowest sum of the smallest values
/// @param highest sum of the largest values
/// @param magnitude sum of the largest magnitudes
public record SampleExtremes(
    long samples, BigInteger lowest, BigInteger highest, BigInteger magnitude) {
  static final SampleExtremes NONE =
      new SampleExtremes(0, BigInteger.ZERO, BigInteger.ZERO, BigInteger.ZERO);

  /// Enough that a mean is rounded to the nearest double.
  private static final MathContext DIGITS = new MathContext(60);

  private static final BigDecimal UNITS =
      new BigDecimal(BigInteger.ONE.shiftLeft(ExactFloatSum.UNIT_EXPONENT));

  /// Collects samples. Not thread-safe.
  static final class Sums {
    private final ExactFloatSum lowest = new ExactFloatSum();
    private final ExactFloatSum highest = new ExactFloatSum();
    private final ExactFloatSum magnitude = new ExactFloatSum();
    private long samples;

    /// Adds a sample.
    ///
    /// @param low its smallest value, finite
    /// @param high its largest value, finite
    void add(double low, double high) {
      samples++;
      lowest.add(low);
      highest.add(high);
      magnitude.add(Math.max(Math.abs(low), Math.abs(high)));
    }

    SampleExtremes sums() {
      return new SampleExtremes(samples, lowest.units(), highest.units(), magnitude.units());
    }
  }

  SampleExtremes plus(SampleExtremes other) {
    return new SampleExtremes(
        Math.addExact(samples, other.samples),
        lowest.add(other.lowest),
        highest.add(other.highest),
        magnitude.add(other.magnitude));
  }

  /// The mean of the smallest values; 0 without samples.
  public double meanLowest() {
    return mean(lowest);
  }

  /// The mean of the largest values; 0 without samples.
  public double meanHighest() {
    return mean(highest);
  }

  /// The mean of the largest magnitudes; 0 without samples.
  public double meanMagnitude() {
    return mean(magnitude);
  }

  private double mean(BigInteger sum) {
    return samples == 0
        ? 0
        : new BigDecimal(sum)
            .divide(UNITS.multiply(BigDecimal.valueOf(samples)), DIGITS)
            .doubleValue();
  }
}
