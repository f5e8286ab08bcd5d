// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;

/// Scales of quantization in a reduced type.
final class ScaleTensors {
  private static final double MAX_RELATIVE_ERROR = 0x1p-8;

  private ScaleTensors() {}

  /// Whether every scale stays positive and finite and changes by at most 0.4 percent. In FLOAT16,
  /// scales below 6e-8 become zero and those below 8e-6 change by more.
  static boolean fits(Tensor scale, DataType type) {
    for (float value : scale.toFloats()) {
      float rounded = HalfTensors.round(value, type);
      if (!(rounded > 0)
          || !Float.isFinite(rounded)
          || Math.abs(rounded - (double) value) > MAX_RELATIVE_ERROR * value) {
        return false;
      }
    }
    return true;
  }
}
