// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static dev.quench.graph.op.SchemaTable.since;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;

/// Conversion between real and quantized numbers.
final class QuantizationOps {
  private QuantizationOps() {}

  static void register(SchemaTable table) {
    InferenceRule quantize = QuantizationOps::quantize;
    String signature = "x y_scale y_zero_point? -> y";
    table.add("QuantizeLinear", since(10), signature, "", quantize);
    table.add("QuantizeLinear", since(13), signature, "axis:i=1", quantize);
    table.add("QuantizeLinear", since(19), signature, "axis:i=1 saturate:i=1", quantize);
    table.add(
        "QuantizeLinear",
        since(21),
        signature,
        "axis:i=1 block_size:i=0 output_dtype:i=0 saturate:i=1",
        quantize);
    InferenceRule dequantize = QuantizationOps::dequantize;
    String inverse = "x x_scale x_zero_point? -> y";
    table.add("DequantizeLinear", since(10), inverse, "", dequantize);
    table.add("DequantizeLinear", since(13, 19), inverse, "axis:i=1", dequantize);
    table.add("DequantizeLinear", since(21), inverse, "axis:i=1 block_size:i=0", dequantize);
    table.add(
        "DynamicQuantizeLinear",
        since(11),
        "x -> y y_scale y_zero_point",
        "",
        QuantizationOps::dynamic);
  }

  private static void quantize(InferenceContext c) {
    c.copyShape(0, 0);
    checkScale(c);
    if (c.has(2)) {
      c.copyType(2, 0);
      return;
    }
    c.setType(0, DataType.fromOnnxCode((int) c.integer("output_dtype")).orElse(DataType.UINT8));
  }

  private static void dequantize(InferenceContext c) {
    c.copyShape(0, 0);
    c.copyType(1, 0);
    checkScale(c);
  }

  /// A scale per axis must be as long as that axis.
  private static void checkScale(InferenceContext c) {
    if (!c.known(0, 1) || c.rank(1) != 1 || c.rank(0) == 0 || c.flag("block_size")) {
      return;
    }
    Shape scale = c.shape(1);
    boolean single = scale.isStatic() && scale.elements() == 1;
    if (single || !c.schema().attributes().containsKey("axis")) {
      return;
    }
    int axis = c.axis(c.integer("axis"), c.rank(0));
    c.same(c.shape(0).dim(axis), scale.dim(0), 1, "the number of scales along axis " + axis);
  }

  private static void dynamic(InferenceContext c) {
    c.copyShape(0, 0);
    c.setType(0, DataType.UINT8);
    c.setType(1, DataType.FLOAT);
    c.setShape(1, Shape.SCALAR);
    c.setType(2, DataType.UINT8);
    c.setShape(2, Shape.SCALAR);
  }
}
