// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.tensor.DataType;

/// The integers that a quantizer rounds to, `low` to `high`, and how a range becomes a scale.
///
/// Symmetric: zero point 0, scale = amax / ((high − low) / 2). Asymmetric: scale = (max − min) /
/// (high − low), zero point = −min / scale, rounded half to even, of a range that contains 0. All
/// in FP32, one rounding an operation, as the trainer computes them. A range too small for a normal
/// scale gets scale 1. Source: Jacob et al., Quantization and Training of Neural Networks for
/// Efficient Integer-Arithmetic-Only Inference, CVPR 2018, section 3.1; the symmetric ranges are
/// those of micronet.
public record Levels(int low, int high, boolean symmetric) {
  public static final int FEWEST_BITS = 2;
  public static final int MOST_BITS = 16;

  /// The smallest scale; it is 2⁻¹²⁶.
  public static final float SMALLEST_SCALE = Float.MIN_NORMAL;

  public Levels {
    if (low >= high || low > 0 || high < 1) {
      throw new IllegalArgumentException(
          "levels %d to %d: expected a range with 0 and 1 in it".formatted(low, high));
    }
  }

  /// Symmetric −(2^(b−1) − 1) to 2^(b−1) − 1, asymmetric 0 to 2^b − 2.
  public static Levels ofWeights(int bits, boolean symmetric) {
    requireBits("weights", bits);
    int largest = (1 << (bits - 1)) - 1;
    return symmetric ? new Levels(-largest, largest, true) : new Levels(0, 2 * largest, false);
  }

  /// Symmetric −2^(b−1) to 2^(b−1) − 1, asymmetric 0 to 2^b − 1.
  public static Levels ofActivations(int bits, boolean symmetric) {
    requireBits("activations", bits);
    int half = 1 << (bits - 1);
    return symmetric ? new Levels(-half, half - 1, true) : new Levels(0, 2 * half - 1, false);
  }

  /// 0 to 2^b − 1 with zero point 0, for a tensor without negative values.
  public static Levels unsigned(int bits) {
    requireBits("activations", bits);
    return new Levels(0, (1 << bits) - 1, true);
  }

  /// @throws IllegalArgumentException naming what was given and what is possible
  public static void requireBits(String what, int bits) {
    if (bits < FEWEST_BITS || bits > MOST_BITS) {
      throw new IllegalArgumentException(
          "%s of %d bits: expected %d to %d bits, or 32 for float"
              .formatted(what, bits, FEWEST_BITS, MOST_BITS));
    }
  }

  /// What a range is divided by to give the scale.
  public float steps() {
    return symmetric ? (high - low) / 2f : high - low;
  }

  /// The scale of a range, greater than 0.
  ///
  /// @param min smallest value; of no effect where positive
  /// @param max largest value; of no effect where negative
  public float scale(float min, float max) {
    float width =
        symmetric ? Math.max(Math.abs(min), Math.abs(max)) : Math.max(max, 0f) - Math.min(min, 0f);
    float scale = width / steps();
    return scale >= SMALLEST_SCALE ? scale : 1f;
  }

  /// The integer that stands for 0.
  ///
  /// @param scale of [#scale]
  public int zeroPoint(float min, float scale) {
    return symmetric
        ? 0
        : (int) Math.clamp(Math.rint(-Math.min(min, 0f) / scale), (double) low, (double) high);
  }

  /// The narrowest ONNX type that holds all levels: INT8 where their zero point is 0 and they fit,
  /// else UINT8, INT16 or UINT16.
  public DataType storage() {
    if (symmetric && low >= Byte.MIN_VALUE && high <= Byte.MAX_VALUE) {
      return DataType.INT8;
    }
    if (low < 0) {
      return DataType.INT16;
    }
    return high <= 0xFF ? DataType.UINT8 : DataType.UINT16;
  }

  /// Whether `QuantizeLinear` to `type` saturates at these very levels.
  public boolean fills(DataType type) {
    return switch (type) {
      case INT8 -> low == Byte.MIN_VALUE && high == Byte.MAX_VALUE;
      case UINT8 -> low == 0 && high == 0xFF;
      case INT16 -> low == Short.MIN_VALUE && high == Short.MAX_VALUE;
      case UINT16 -> low == 0 && high == 0xFFFF;
      default -> false;
    };
  }
}
