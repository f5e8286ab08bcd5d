// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

/// Rounds numbers to powers of two, with which multiplication is a shift.
public final class PowerOfTwo {
  /// Bits of the smallest mantissa above √2, without the exponent.
  private static final int ABOVE_ROOT = 0x3504F4;

  /// What added to the bits of a float raises the exponent if the mantissa is above √2.
  public static final int ROUNDING = 0x800000 - ABOVE_ROOT;

  /// The exponent in the bits of a float.
  public static final int EXPONENT = 0x7F800000;

  /// The sign in the bits of a float.
  public static final int SIGN = 0x80000000;

  private PowerOfTwo() {}

  /// AP2(x) = sgn(x) · 2^round(log₂ |x|), 0 for 0; exact, as it reads the bits of x. Subnormal
  /// numbers become 0 or 2^-126, numbers above √2 · 2^127 infinite. Source: Hubara et al.,
  /// Binarized Neural Networks, NIPS 2016, section 1.5.
  public static float nearest(float x) {
    int bits = Float.floatToRawIntBits(x);
    int magnitude = ((bits & ~SIGN) + ROUNDING) & EXPONENT;
    return Float.intBitsToFloat((bits & SIGN) | magnitude);
  }
}
