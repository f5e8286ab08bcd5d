// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

/// Derives the width of a histogram's bins from the largest magnitude.
///
/// The width is `2^exponent`, the smallest power of two for which [#BINS] bins hold the largest
/// magnitude; that magnitude then lies in the upper half of the bins. So the bins depend only on
/// the largest magnitude.
final class BinWidth {
  static final int BINS = 4096;

  private static final int LOG2_BINS = Integer.numberOfTrailingZeros(BINS);

  /// The exponent of the smallest positive float, `2^-149`: smaller magnitudes (of double tensors)
  /// share bins with it.
  static final int MIN_EXPONENT = Math.getExponent((double) Float.MIN_VALUE) + 1 - LOG2_BINS;

  private BinWidth() {}

  /// @param amax finite and not negative
  static int exponentFor(double amax) {
    return Math.max(MIN_EXPONENT, Math.getExponent(amax) + 1 - LOG2_BINS);
  }

  /// @param magnitude finite, not negative, below `BINS * 2^exponent`
  static int index(double magnitude, int exponent) {
    return (int) (magnitude * Math.scalb(1.0, -exponent));
  }
}
