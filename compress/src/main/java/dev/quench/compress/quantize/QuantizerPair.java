// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;

/// A `QuantizeLinear` of an activation and the `DequantizeLinear` behind it.
public record QuantizerPair(Node quantizer, Node dequantizer) {
  /// Inserts both right behind the producer of `value`, or in front of all nodes where it has none.
  /// Nothing reads the pair yet.
  ///
  /// @param zeroPoint whose element type is that of the levels
  public static QuantizerPair insert(Graph graph, Value value, Value scale, Value zeroPoint) {
    NodeBuilder quantize =
        NodeBuilder.of("QuantizeLinear")
            .name(graph.uniqueNodeName(value.name() + "_QuantizeLinear"))
            .inputs(value, scale, zeroPoint)
            .output(
                graph.uniqueName(value.name() + "_quantized"),
                like(value, zeroPoint.dataType().orElseThrow()));
    Node quantizer =
        value.producer().isPresent()
            ? graph.insertAfter(value.producer().get(), quantize)
            : graph.insertBefore(graph.nodes().getFirst(), quantize);
    Node dequantizer =
        graph.insertAfter(
            quantizer,
            NodeBuilder.of("DequantizeLinear")
                .name(graph.uniqueNodeName(value.name() + "_DequantizeLinear"))
                .inputs(quantizer.output(0), scale, zeroPoint)
                .output(
                    graph.uniqueName(value.name() + "_dequantized"), value.type().orElse(null)));
    return new QuantizerPair(quantizer, dequantizer);
  }

  /// The type of a tensor of the shape of `value`.
  public static ValueType like(Value value, DataType type) {
    return value
        .shape()
        .<ValueType>map(shape -> ValueType.tensor(type, shape))
        .orElse(ValueType.unranked(type));
  }

  /// What readers of the quantized activation read.
  public Value result() {
    return dequantizer.output(0);
  }
}
