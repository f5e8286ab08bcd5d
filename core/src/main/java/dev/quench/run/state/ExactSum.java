// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.state;

import java.math.BigInteger;

/// An exact sum of doubles, rounded once when it is read, so that neither the order of the values
/// nor the way in which sums are merged shows in a bit of it.
///
/// A whole multiple of `2^-1074`, the smallest positive double, in a [BigInteger]: a fixed-point
/// accumulator over the whole range of exponents, as in U. Kulisch, "Computer Arithmetic and
/// Validity", 2008, chapter 8. Costs about 0.1 µs a value, so it is meant for a few values a
/// sample. NaN and infinities are counted apart. Not thread-safe.
public final class ExactSum {
  private static final int MANTISSA_BITS = 52;
  private static final int UNIT_EXPONENT = 1074;

  private BigInteger units = BigInteger.ZERO;
  private long nans;
  private long positiveInfinities;
  private long negativeInfinities;

  /// Adds a value, exactly.
  public void add(double value) {
    if (Double.isNaN(value)) {
      nans++;
    } else if (value == Double.POSITIVE_INFINITY) {
      positiveInfinities++;
    } else if (value == Double.NEGATIVE_INFINITY) {
      negativeInfinities++;
    } else if (value != 0) {
      units = units.add(unitsOf(value));
    }
  }

  private static BigInteger unitsOf(double value) {
    long bits = Double.doubleToRawLongBits(value);
    int exponent = (int) (bits >>> MANTISSA_BITS) & 0x7FF;
    long fraction = bits & ((1L << MANTISSA_BITS) - 1);
    long mantissa = exponent == 0 ? fraction : fraction | (1L << MANTISSA_BITS);
    return BigInteger.valueOf(value < 0 ? -mantissa : mantissa)
        .shiftLeft(Math.max(0, exponent - 1));
  }

  /// Adds all values of another sum.
  public void add(ExactSum other) {
    units = units.add(other.units);
    nans = Math.addExact(nans, other.nans);
    positiveInfinities = Math.addExact(positiveInfinities, other.positiveInfinities);
    negativeInfinities = Math.addExact(negativeInfinities, other.negativeInfinities);
  }

  /// The double nearest to the sum, ties to even; infinite beyond the largest double. NaN if a
  /// value was NaN or infinities of both signs were added. An empty sum is 0.
  public double value() {
    if (nans > 0 || (positiveInfinities > 0 && negativeInfinities > 0)) {
      return Double.NaN;
    }
    if (positiveInfinities > 0) {
      return Double.POSITIVE_INFINITY;
    }
    if (negativeInfinities > 0) {
      return Double.NEGATIVE_INFINITY;
    }
    BigInteger magnitude = units.abs();
    int excess = Math.max(0, magnitude.bitLength() - (MANTISSA_BITS + 1));
    long kept = magnitude.shiftRight(excess).longValueExact();
    if (excess > 0 && magnitude.testBit(excess - 1)) {
      boolean aboveHalf = magnitude.getLowestSetBit() < excess - 1;
      kept += aboveHalf || (kept & 1) == 1 ? 1 : 0;
    }
    double rounded = Math.scalb((double) kept, excess - UNIT_EXPONENT);
    return units.signum() < 0 ? -rounded : rounded;
  }

  void writeTo(StateWriter out) {
    out.bytes(units.toByteArray());
    out.number(nans).number(positiveInfinities).number(negativeInfinities);
  }

  static ExactSum readFrom(StateReader in) {
    byte[] bytes = in.bytes();
    if (bytes.length == 0) {
      throw in.damaged("a sum is empty");
    }
    ExactSum sum = new ExactSum();
    sum.units = new BigInteger(bytes);
    sum.nans = in.count();
    sum.positiveInfinities = in.count();
    sum.negativeInfinities = in.count();
    return sum;
  }
}
