// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.Arrays;

/// Conditions of TensorRT's parser on QuantizeLinear and DequantizeLinear.
final class QuantizationRestrictions {
  private QuantizationRestrictions() {}

  static void check(RestrictedNode checked) {
    Node node = checked.node();
    checked.requireConstant(1, "scale");
    node.input(1)
        .constant()
        .ifPresent(scale -> {
          if (Arrays.stream(scale.toDoubles()).anyMatch(s -> !(s > 0) || Double.isInfinite(s))) {
            checked.refuse(
                "a scale is not positive and finite", "calibrate again; ranges must not be empty");
          }
        });
    Value zeroPoint = node.input(2);
    if (zeroPoint.isPresent()) {
      checked.requireConstant(2, "zero point");
      zeroPoint.constant().ifPresent(values -> requireZero(checked, values));
    }
    if (node.is("QuantizeLinear")) {
      DataType type = node.output(0).dataType().orElse(null);
      DataType quantized =
          type == null && zeroPoint.isAbsent() && node.attribute("output_dtype").isEmpty()
              ? DataType.UINT8
              : type;
      if (quantized != null
          && quantized != DataType.INT8
          && quantized != DataType.FLOAT8E4M3FN
          && quantized != DataType.FLOAT4E2M1
          && quantized != DataType.INT4) {
        checked.refuse(
            "quantizes to %s, expected INT8, FLOAT8E4M3FN, FLOAT4E2M1 or INT4".formatted(quantized),
            "quantize symmetrically to INT8 with zero point 0");
      }
    }
  }

  private static void requireZero(RestrictedNode checked, Tensor zeroPoint) {
    for (long i = 0; i < zeroPoint.elements(); i++) {
      if (zeroPoint.doubleAt(i) != 0) {
        checked.refuse(
            "its zero point is not 0", "quantize symmetrically to INT8 with zero point 0");
        return;
      }
    }
  }
}
