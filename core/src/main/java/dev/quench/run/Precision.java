// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

/// Arithmetic that a backend may use for the floating-point parts of a model.
public enum Precision {
  FP32,
  TF32,
  FP16,
  BF16,
  /// As the model's own types and its `QuantizeLinear` and `DequantizeLinear` nodes say.
  INT8
}
