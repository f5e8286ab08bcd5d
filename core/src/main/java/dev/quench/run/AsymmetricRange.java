// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

/// A range that need not be symmetric, for targets that take a zero point; TensorRT does not.
///
/// It always includes 0, so that zero is represented exactly: `quantized = round(real / scale) +
/// zeroPoint` in 0 to 255, or 128 less for signed integers. Doubles compare by [Double#compare].
///
/// @param low what maps to the lowest level, 0 or less
/// @param high what maps to the highest level, 0 or more
public record AsymmetricRange(double low, double high) {
  /// Steps between the lowest and the highest level of 8 bits.
  public static final int STEPS = 255;

  public AsymmetricRange {
    if (!(low <= 0 && high >= 0) || !Float.isFinite((float) ((high - low) / STEPS))) {
      throw new IllegalArgumentException(
          "an asymmetric range is finite and includes 0, got [%s, %s]".formatted(low, high));
    }
    // Adding zero turns -0.0 into 0.0.
    low += 0.0;
    high += 0.0;
  }

  /// What of `[min, max]` lies in `[-threshold, threshold]`, and 0.
  public static AsymmetricRange within(double threshold, double min, double max) {
    return new AsymmetricRange(
        Math.max(Math.min(0, min), -threshold), Math.min(Math.max(0, max), threshold));
  }

  /// `(high - low) / 255` in double, rounded to float; 0 when both are.
  public float scale() {
    return (float) ((high - low) / STEPS);
  }

  /// The level of 0 among unsigned ones, 0 to 255, rounded half to even; for signed integers
  /// subtract 128.
  public int zeroPoint() {
    return scale() == 0 ? 0 : (int) Math.clamp(Math.rint(-low / scale()), 0.0, (double) STEPS);
  }
}
