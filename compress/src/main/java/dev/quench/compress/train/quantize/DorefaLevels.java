// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

/// The levels of DoReFa-Net with k bits, n = 2^k − 1.
///
/// Weights: t = tanh(w) / (2 · max |tanh(w)|) + ½ over the whole tensor, q = t · n rounded half to
/// even, w_q = 2q/n − 1. These are odd multiples of 1/n without a 0. Up to 7 bits they are stored
/// as INT8 2q − n with scale 1/n; above, as q with scale 2/n, from which 1 is subtracted. Both are
/// exact. For a runtime that takes INT8 with zero point 0 alone, 8 bits become the 255 multiples of
/// 1/127, at most half a step from them.
///
/// Activations: x / (10/n), rounded half to even and saturated to [0, n], times 1/n, so that a
/// tenth of x arrives, as in micronet. Source: Zhou et al., DoReFa-Net, 2016, equations 5, 9 and
/// 11. FP32, but tanh in double, rounded once.
///
/// @param bits 2 to 16
/// @param withZero whether weights of 8 bits take the levels with 0
public record DorefaLevels(int bits, boolean withZero) {
  private static final int MOST_BITS_OF_ODD_LEVELS = 7;
  private static final double RECIPROCAL_OF_GAIN = 10;

  public DorefaLevels {
    Levels.requireBits("DoReFa weights or activations", bits);
  }

  /// The largest level n = 2^k − 1.
  public int largest() {
    return (1 << bits) - 1;
  }

  /// The form of weights.
  public enum Form {
    /// INT8 2q − n.
    ODD,
    /// q, and 1 subtracted.
    SHIFTED,
    /// INT8 with 0.
    WITH_ZERO
  }

  public Form form() {
    return withZero && bits == 8
        ? Form.WITH_ZERO
        : bits <= MOST_BITS_OF_ODD_LEVELS ? Form.ODD : Form.SHIFTED;
  }

  /// What the integers of weights are multiplied by.
  public float weightScale() {
    return switch (form()) {
      case ODD -> (float) (1.0 / largest());
      case SHIFTED -> (float) (2.0 / largest());
      case WITH_ZERO -> (float) (1.0 / Byte.MAX_VALUE);
    };
  }

  /// What activations are divided by.
  public float inputScale() {
    return (float) (RECIPROCAL_OF_GAIN / largest());
  }

  /// What the integers of activations are multiplied by.
  public float outputScale() {
    return (float) (1.0 / largest());
  }

  /// The integers of weights.
  int[] quantize(float[] weights) {
    float[] bounded = new float[weights.length];
    float magnitude = Levels.SMALLEST_SCALE;
    for (int i = 0; i < weights.length; i++) {
      bounded[i] = (float) Math.tanh(weights[i]);
      magnitude = Math.max(magnitude, Math.abs(bounded[i]));
    }
    int[] levels = new int[weights.length];
    for (int i = 0; i < weights.length; i++) {
      float share = bounded[i] / (magnitude * 2) + 0.5f;
      levels[i] =
          switch (form()) {
            case ODD -> 2 * (int) Math.rint(share * largest()) - largest();
            case SHIFTED -> (int) Math.rint(share * largest());
            case WITH_ZERO -> (int) Math.rint((share * 2 - 1) * Byte.MAX_VALUE);
          };
    }
    return levels;
  }

  /// The values of weights, as FP32.
  float[] dequantize(int[] levels) {
    float[] values = new float[levels.length];
    for (int i = 0; i < levels.length; i++) {
      values[i] = levels[i] * weightScale() - (form() == Form.SHIFTED ? 1 : 0);
    }
    return values;
  }
}
