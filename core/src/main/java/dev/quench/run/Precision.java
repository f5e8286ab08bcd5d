// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.graph.Model;

/// Arithmetic that a backend may use for the floating-point parts of a model.
public enum Precision {
  FP32,
  TF32,
  FP16,
  BF16,
  /// As the model's own types and its `QuantizeLinear` and `DequantizeLinear` nodes say.
  INT8;

  /// The precision that a model implies: INT8 if it has `QuantizeLinear` nodes, else FP32.
  public static Precision of(Model model) {
    boolean quantized =
        model.graph().allNodes().stream().anyMatch(node -> node.opType().equals("QuantizeLinear"));
    return quantized ? INT8 : FP32;
  }
}
