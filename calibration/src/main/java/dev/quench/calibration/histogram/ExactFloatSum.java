// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import java.math.BigInteger;
import java.util.Arrays;

/// An exact sum of floats: one `long` for the mantissas of each exponent that occurs, so that
/// adding allocates nothing once the exponents are known. Not thread-safe.
///
/// Holds 2^39 values of one exponent. For millions of values; [dev.quench.run.state.ExactSum] takes
/// doubles, and its time.
final class ExactFloatSum {
  /// The unit of the sum is `2^-149`, the smallest positive float.
  static final int UNIT_EXPONENT = 149;

  private static final int MANTISSA_BITS = 23;
  private static final int MANTISSA = (1 << MANTISSA_BITS) - 1;
  private static final int MAGNITUDE = 0x7FFF_FFFF;

  /// Doublings of the unit that the first of the sums counts.
  private int first;

  private long[] sums = {};

  /// Adds a value, rounded to float.
  ///
  /// @param value finite; clamped to the largest float
  void add(double value) {
    float rounded = Math.clamp((float) value, -Float.MAX_VALUE, Float.MAX_VALUE);
    int bits = Float.floatToRawIntBits(rounded) & MAGNITUDE;
    int exponent = bits >>> MANTISSA_BITS;
    long mantissa = exponent == 0 ? bits : (bits & MANTISSA) | (1 << MANTISSA_BITS);
    int doublings = Math.max(0, exponent - 1);
    reserve(doublings);
    sums[doublings - first] += rounded < 0 ? -mantissa : mantissa;
  }

  private void reserve(int doublings) {
    if (sums.length == 0) {
      first = doublings;
    }
    if (doublings < first) {
      long[] longer = new long[sums.length + first - doublings];
      System.arraycopy(sums, 0, longer, first - doublings, sums.length);
      sums = longer;
      first = doublings;
    } else if (doublings - first >= sums.length) {
      sums = Arrays.copyOf(sums, doublings - first + 1);
    }
  }

  /// The sum in units.
  BigInteger units() {
    BigInteger sum = BigInteger.ZERO;
    for (int i = 0; i < sums.length; i++) {
      sum = sum.add(BigInteger.valueOf(sums[i]).shiftLeft(first + i));
    }
    return sum;
  }
}
