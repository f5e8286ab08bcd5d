// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
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
    long block = node.intAttribute("block_size", 0);
    if (block > 0 && node.is("DequantizeLinear")) {
      checkBlocks(checked, block);
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

  /// INT4 in whole blocks along one of the last two axes, an even number of them.
  private static void checkBlocks(RestrictedNode checked, long block) {
    Node node = checked.node();
    DataType type = node.input(0).dataType().orElse(null);
    if (type == DataType.INT8 || type == DataType.UINT8) {
      checked.refuse(
          "its weights are %s in blocks, expected INT4".formatted(type),
          "store them in INT4, or in INT8 with one scale for each channel");
      return;
    }
    Shape shape = node.input(0).shape().filter(Shape::isStatic).orElse(null);
    if (type != DataType.INT4 || shape == null || shape.rank() < 2) {
      return;
    }
    long given = node.intAttribute("axis", 1);
    long axis = given < 0 ? given + shape.rank() : given;
    if (axis < shape.rank() - 2) {
      checked.refuse(
          "its blocks run along axis %d of shape %s, expected one of the last two"
              .formatted(axis, shape),
          "transpose the weights");
    } else if (shape.size((int) axis) % block != 0) {
      checked.refuse(
          "axis %d of shape %s is not a multiple of the block size %d"
              .formatted(axis, shape, block),
          "choose a block size that divides it, or leave these weights float");
    } else if (shape.elements() % 2 != 0) {
      checked.refuse(
          "its INT4 weights of shape %s are an odd number".formatted(shape),
          "leave these weights float");
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
