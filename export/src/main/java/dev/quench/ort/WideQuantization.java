// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.List;

/// Lets quantization of FLOAT16 compute in FLOAT.
///
/// ONNX Runtime 1.29 quantizes FLOAT16 on the CPU by rounding toward zero, where the standard
/// rounds to nearest, ties to even; and it derives scales of biases as FLOAT16 products, which
/// underflow. Either costs an INT8 model with FP16 around it most of its accuracy.
///
/// 1. `QuantizeLinear(x, s, z)` → `QuantizeLinear(Cast(x, FLOAT), Cast(s, FLOAT), z)`.
/// 2. `y = DequantizeLinear(q, s, z)` → `y = Cast(DequantizeLinear(q, Cast(s, FLOAT), z),
///    FLOAT16)`.
///
/// FLOAT holds every FLOAT16 exactly, so the result is that of the standard, rounded once.
final class WideQuantization {
  private WideQuantization() {}

  /// Whether there is something to rewrite.
  static boolean isNeeded(Model model) {
    return model.graph().allNodes().stream().anyMatch(WideQuantization::isHalf);
  }

  /// Rewrites `model` in place.
  static void apply(Model model) {
    for (Node node : List.copyOf(model.graph().allNodes())) {
      if (!isHalf(node)) {
        continue;
      }
      if (node.is("QuantizeLinear")) {
        node.setInput(0, wide(node, node.input(0)));
        node.setInput(1, wide(node, node.input(1)));
      } else {
        widenDequantize(node);
      }
    }
  }

  private static boolean isHalf(Node node) {
    return (node.is("QuantizeLinear") || node.is("DequantizeLinear"))
        && node.input(1).dataType().filter(type -> type == DataType.FLOAT16).isPresent();
  }

  private static void widenDequantize(Node node) {
    Graph graph = node.graph();
    Value half = node.output(0);
    NodeBuilder wide =
        NodeBuilder.of("DequantizeLinear")
            .name(node.name())
            .inputs(
                node.input(0),
                wide(node, node.input(1)),
                node.inputs().size() > 2 ? node.input(2) : Value.ABSENT)
            .output(graph.uniqueName(half.name() + "_wide"), type(half, DataType.FLOAT));
    node.attributes().forEach(wide::attribute);
    Node dequantize = graph.insertBefore(node, wide);
    Node narrow =
        graph.insertBefore(
            node,
            NodeBuilder.of("Cast")
                .inputs(dequantize.output(0))
                .attribute("to", DataType.FLOAT16.onnxCode())
                .output(graph.uniqueName(half.name()), type(half, DataType.FLOAT16)));
    graph.adoptOutput(narrow, 0, half);
    graph.remove(node);
  }

  /// The value in FLOAT; values known to have another type than FLOAT16 stay.
  private static Value wide(Node reader, Value half) {
    if (half.dataType().filter(type -> type != DataType.FLOAT16).isPresent()) {
      return half;
    }
    Graph graph = reader.graph();
    Tensor constant = half.constant().orElse(null);
    if (constant != null) {
      return graph.addConstant(
          half.name() + "_wide", Tensor.ofFloats(constant.shape(), constant.toFloats()));
    }
    return graph
        .insertBefore(
            reader,
            NodeBuilder.of("Cast")
                .inputs(half)
                .attribute("to", DataType.FLOAT.onnxCode())
                .output(graph.uniqueName(half.name() + "_wide"), type(half, DataType.FLOAT)))
        .output(0);
  }

  private static ValueType type(Value like, DataType type) {
    return like.shape()
        .<ValueType>map(shape -> ValueType.tensor(type, shape))
        .orElse(ValueType.unranked(type));
  }
}
