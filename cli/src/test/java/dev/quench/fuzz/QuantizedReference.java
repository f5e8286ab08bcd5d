// SPDX-License-Identifier: Apache-2.0
package dev.quench.fuzz;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/// Q/DQ written out in FLOAT: activations divided by their scale, rounded, clamped and multiplied;
/// weights of the float model rounded here, by one scale for each output channel.
final class QuantizedReference {
  private final Rebuilding rebuilding;
  private final Model original;
  private final Map<String, Double> steps = new LinkedHashMap<>();
  private final Model model;

  /// @param quantized by Q/DQ nodes
  /// @param original the float model that it came from
  QuantizedReference(Model quantized, Model original) {
    this.rebuilding = new Rebuilding(quantized, DataType.FLOAT16);
    this.original = original;
    for (Node node : quantized.graph().nodes()) {
      if (node.is("QuantizeLinear")) {
        Value divided = rebuilding.append(binary("Div", node));
        Value whole = rebuilding.append(NodeBuilder.of("Round").inputs(divided));
        rebuilding.map(
            node.output(0),
            rebuilding.append(
                NodeBuilder.of("Clip")
                    .inputs(
                        whole,
                        rebuilding.constant(Tensor.scalar(-128f)),
                        rebuilding.constant(Tensor.scalar(127f)))));
      } else if (node.is("DequantizeLinear") && node.input(0).isInitializer()) {
        rebuilding.map(node.output(0), rebuilding.constant(weights(node)));
      } else if (node.is("DequantizeLinear")) {
        String name = node.output(0).name();
        rebuilding.map(node.output(0), rebuilding.append(binary("Mul", node), name));
        steps.put(name, node.input(1).constant().orElseThrow().doubleAt(0));
      } else {
        rebuilding.copy(node, Map.of(), _ -> false);
      }
    }
    this.model = rebuilding.finish();
  }

  Model model() {
    return model;
  }

  /// The scale of each tensor that is quantized and dequantized, by the name it has then.
  Map<String, Double> steps() {
    return steps;
  }

  private NodeBuilder binary(String operator, Node node) {
    return NodeBuilder.of(operator)
        .inputs(rebuilding.of(node.input(0)), rebuilding.of(node.input(1)));
  }

  private Tensor weights(Node dequantizer) {
    Use use = dequantizer.output(0).uses().getFirst();
    Node layer =
        original
            .graph()
            .value(use.node().output(0).name())
            .flatMap(Value::producer)
            .orElseThrow(() -> new IllegalStateException(use.node() + " was not there before"));
    Tensor weights = layer.input(1).constant().orElseThrow();
    int axis =
        switch (layer.opType()) {
          case "Conv" -> 0;
          case "ConvTranspose" -> 1;
          case "Gemm" -> layer.intAttribute("transB", 0) == 1 ? 0 : 1;
          default -> weights.shape().rank() - 1;
        };
    boolean perChannel = dequantizer.input(1).constant().orElseThrow().shape().rank() == 1;
    return rounded(weights, perChannel ? axis : -1);
  }

  private static Tensor rounded(Tensor weights, int axis) {
    Shape shape = weights.shape();
    int channels = axis < 0 ? 1 : Math.toIntExact(shape.size(axis));
    int inner = 1;
    for (int i = axis + 1; i < shape.rank(); i++) {
      inner *= Math.toIntExact(shape.size(i));
    }
    float[] values = weights.toFloats();
    float[] greatest = new float[channels];
    for (int i = 0; i < values.length; i++) {
      int channel = i / inner % channels;
      greatest[channel] = Math.max(greatest[channel], Math.abs(values[i]));
    }
    for (int i = 0; i < values.length; i++) {
      float amax = greatest[i / inner % channels];
      float scale = amax == 0 ? 1 : (float) (amax / 127.0);
      values[i] = (float) Math.clamp(Math.rint(values[i] / scale), -128, 127) * scale;
    }
    return Tensor.ofFloats(shape, values);
  }
}
