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

  private static final int UNIT_EXPONENT = 149;
  private static final int MANTISSA_BITS = 23;
  private static final int MANTISSA = (1 << MANTISSA_BITS) - 1;
  private static final int MAGNITUDE = 0x7FFF_FFFF;

  /// Enough that a mean is rounded to the nearest double.
  private static final MathContext DIGITS = new MathContext(60);

  private static final BigDecimal UNITS = new BigDecimal(BigInteger.ONE.shiftLeft(UNIT_EXPONENT));

  /// These sums with one more sample.
  ///
  /// @param low its smallest value, finite
  /// @param high its largest value, finite
  SampleExtremes with(double low, double high) {
    return new SampleExtremes(
        samples + 1,
        lowest.add(units(low)),
        highest.add(units(high)),
        magnitude.add(units(Math.max(Math.abs(low), Math.abs(high)))));
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

  private static BigInteger units(double value) {
    float rounded = Math.clamp((float) value, -Float.MAX_VALUE, Float.MAX_VALUE);
    int bits = Float.floatToRawIntBits(rounded) & MAGNITUDE;
    int exponent = bits >>> MANTISSA_BITS;
    long mantissa = exponent == 0 ? bits : (bits & MANTISSA) | (1 << MANTISSA_BITS);
    BigInteger units = BigInteger.valueOf(mantissa).shiftLeft(Math.max(0, exponent - 1));
    return rounded < 0 ? units.negate() : units;
  }
}
