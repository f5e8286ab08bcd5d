// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.run.Precision;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.EnumSet;
import java.util.Set;

/// The low-precision types that a model declares. Such a model is built strongly typed: its types
/// determine the precision of each layer, and TensorRT accepts no precision flags.
///
/// @param quantized whether it has `QuantizeLinear` or `DequantizeLinear` nodes
/// @param types its floating-point types below 32 bits
record NetworkTyping(boolean quantized, Set<DataType> types) {
  NetworkTyping {
    types = Set.copyOf(types);
  }

  static NetworkTyping of(Model model) {
    Set<DataType> types = EnumSet.noneOf(DataType.class);
    boolean quantized = scan(model.graph(), types);
    for (Function function : model.functions()) {
      quantized |= scan(function.body(), types);
    }
    types.removeIf(type -> !type.isFloating() || type.bits() >= 32);
    return new NetworkTyping(quantized, types);
  }

  boolean stronglyTyped() {
    return quantized || !types.isEmpty();
  }

  /// @param implicit whether TensorRT chooses INT8 layers by the ranges of a calibrator
  /// @throws IllegalArgumentException if the model cannot be built in that precision
  void require(Precision precision, boolean implicit) {
    if (implicit && stronglyTyped()) {
      throw new IllegalArgumentException(
          "the model %s, so its types determine the precision and ranges of a calibrator have no effect; leave them out, or give the original model"
              .formatted(
                  quantized ? "has QuantizeLinear or DequantizeLinear nodes" : "holds " + types));
    }
    boolean fits =
        switch (precision) {
          case FP32, TF32 -> true;
          case FP16 -> !stronglyTyped() || types.contains(DataType.FLOAT16);
          case BF16 -> !stronglyTyped() || types.contains(DataType.BFLOAT16);
          case INT8 -> quantized || implicit;
        };
    if (fits) {
      return;
    }
    if (precision == Precision.INT8) {
      throw new IllegalArgumentException(
          "precision INT8 needs QuantizeLinear and DequantizeLinear nodes, and the model has none;"
              + " quantize it first");
    }
    throw new IllegalArgumentException(
        ("the model %s, so TensorRT builds it strongly typed and accepts no %s flag; use precision"
                + " INT8 or FP32, or cast the model to %s at export")
            .formatted(
                quantized ? "has QuantizeLinear or DequantizeLinear nodes" : "holds " + types,
                precision,
                precision));
  }

  private static boolean scan(Graph graph, Set<DataType> types) {
    boolean quantized = false;
    for (Node node : graph.allNodes()) {
      quantized |= node.is("QuantizeLinear") || node.is("DequantizeLinear");
      if (node.is("Cast")
          && node.attribute("to").orElse(null) instanceof AttributeValue.IntValue(long code)) {
        DataType.fromOnnxCode(Math.clamp(code, 0, Integer.MAX_VALUE)).ifPresent(types::add);
      }
      for (AttributeValue attribute : node.attributes().values()) {
        if (attribute instanceof AttributeValue.TensorValue(Tensor tensor)) {
          types.add(tensor.dataType());
        }
      }
      for (Graph nested : node.nestedGraphs()) {
        addValues(nested, types);
      }
    }
    addValues(graph, types);
    return quantized;
  }

  private static void addValues(Graph graph, Set<DataType> types) {
    for (Value initializer : graph.initializers()) {
      initializer.initializer().map(Tensor::dataType).ifPresent(types::add);
    }
    for (Value input : graph.inputs()) {
      input.dataType().ifPresent(types::add);
    }
  }
}
