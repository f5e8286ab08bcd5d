// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

/// Finer bins for small magnitudes, for which the bins of equal width are too wide: 128 bins for
/// each power of two, so a bin's number consists of the exponent and the first seven bits of the
/// mantissa.
///
/// They do not depend on the largest magnitude. The bins of equal width from number 128 to 255
/// cover exactly one power of two; values below number 128 are counted here as well. When the bins
/// of equal width grow, values that fall below number 128 are known to seven bits and move here
/// exactly. Magnitudes below `2^-154` are in bin 0; the only float that small is zero.
final class ExponentBins {
  /// Bins for each power of two.
  static final int PER_OCTAVE = 128;

  /// Numbers of one sign: exponents from -154 to 1023.
  static final int BINS = (Double.MAX_EXPONENT + 154 + 1) * PER_OCTAVE;

  /// Numbers up to the largest float.
  static final int FLOAT_BINS = (Float.MAX_EXPONENT + 154 + 1) * PER_OCTAVE;

  /// Keeps the exponent and seven bits of the mantissa of a double.
  private static final int DROPPED_BITS = 52 - 7;

  private static final int FIRST = (1023 - 154) * PER_OCTAVE;

  private ExponentBins() {}

  /// The number of the bin that holds a magnitude.
  ///
  /// @param magnitude finite and not negative
  static int index(double magnitude) {
    return Math.max(0, (int) (Double.doubleToRawLongBits(magnitude) >>> DROPPED_BITS) - FIRST);
  }

  /// The smallest magnitude of a bin; 0 for bin 0.
  static double lowerEdge(int bin) {
    return bin == 0 ? 0 : Double.longBitsToDouble((long) (bin + FIRST) << DROPPED_BITS);
  }

  /// The magnitude at which the next bin begins.
  static double upperEdge(int bin) {
    return lowerEdge(bin + 1);
  }
}
