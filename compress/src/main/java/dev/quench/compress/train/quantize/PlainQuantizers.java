// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.compress.quantize.NeededOpset;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.OptionalInt;

/// Puts `QuantizeLinear` and `DequantizeLinear` in the place of training-only quantizers. Where the
/// type of the integers is wider than the levels, a `Clip` in front of them saturates.
final class PlainQuantizers {
  private static final long SIXTEEN_BIT_OPSET = 21;

  private final Model model;
  private final Graph graph;

  PlainQuantizers(Model model) {
    this.model = model;
    this.graph = model.graph();
  }

  /// Replaces the quantizer of an activation.
  ///
  /// @param scale of `QuantizeLinear`
  /// @param resultScale of `DequantizeLinear`
  void replaceActivation(
      Node quantizer, Levels levels, float scale, float resultScale, int zeroPoint) {
    DataType type = levels.storage();
    requireOpset(type);
    Value x = quantizer.input(0);
    String name = x.name();
    if (!levels.fills(type)) {
      x =
          insert(
                  quantizer,
                  NodeBuilder.of("Clip")
                      .name(graph.uniqueNodeName(name + "_Clip"))
                      .inputs(
                          x,
                          graph.addConstant(
                              name + "_low", Tensor.scalar((levels.low() - zeroPoint) * scale)),
                          graph.addConstant(
                              name + "_high", Tensor.scalar((levels.high() - zeroPoint) * scale)))
                      .output(graph.uniqueName(name + "_clipped"), x.type().orElse(null)))
              .output(0);
    }
    Value quantizeScale = graph.addConstant(name + "_scale", Tensor.scalar(scale));
    Value dequantizeScale =
        resultScale == scale
            ? quantizeScale
            : graph.addConstant(name + "_result_scale", Tensor.scalar(resultScale));
    Value zero =
        graph.addConstant(
            name + "_zero_point", RoundedWeights.store(type, Shape.SCALAR, zeroPoint));
    Node quantize =
        insert(
            quantizer,
            NodeBuilder.of("QuantizeLinear")
                .name(graph.uniqueNodeName(name + "_QuantizeLinear"))
                .inputs(x, quantizeScale, zero)
                .output(graph.uniqueName(name + "_quantized"), like(x, type)));
    Node dequantize =
        insert(
            quantizer,
            NodeBuilder.of("DequantizeLinear")
                .name(graph.uniqueNodeName(name + "_DequantizeLinear"))
                .inputs(quantize.output(0), dequantizeScale, zero)
                .output(graph.uniqueName(name + "_dequantized"), x.type().orElse(null)));
    replace(quantizer, dequantize.output(0));
  }

  /// Replaces the quantizer of weights by integers and a `DequantizeLinear`.
  ///
  /// @param name of the weights
  Value replaceWeights(Node quantizer, String name, OptionalInt axis, RoundedWeights rounded) {
    requireOpset(rounded.integers().dataType());
    NodeBuilder dequantize =
        NodeBuilder.of("DequantizeLinear")
            .name(graph.uniqueNodeName(name + "_DequantizeLinear"))
            .inputs(
                graph.addConstant(name + "_quantized", rounded.integers()),
                graph.addConstant(name + "_scale", rounded.scale()),
                graph.addConstant(name + "_zero_point", rounded.zeroPoint()))
            .output(
                graph.uniqueName(name + "_dequantized"),
                ValueType.tensor(DataType.FLOAT, rounded.integers().shape()));
    axis.ifPresent(each -> dequantize.attribute("axis", each));
    Value result = insert(quantizer, dequantize).output(0);
    replace(quantizer, result);
    return result;
  }

  private Node insert(Node before, NodeBuilder builder) {
    return graph.insertBefore(before, builder);
  }

  private void replace(Node quantizer, Value result) {
    graph.replaceUses(quantizer.output(0), result);
    graph.remove(quantizer);
  }

  private void requireOpset(DataType type) {
    NeededOpset.require(
        model,
        type.bits() == 16 ? SIXTEEN_BIT_OPSET : NeededOpset.PER_CHANNEL,
        type.bits() == 16 ? "quantization to more than 8 bits" : "quantization per channel");
  }

  private static ValueType like(Value value, DataType type) {
    return value
        .shape()
        .<ValueType>map(shape -> ValueType.tensor(type, shape))
        .orElse(ValueType.unranked(type));
  }
}
