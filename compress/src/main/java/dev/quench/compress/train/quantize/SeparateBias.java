// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// Moves the bias of quantized layers behind them, unless both weights and activations have 8 bits.
///
/// At its first level of optimization ONNX Runtime 1.29 rounds the FP32 bias of a layer between
/// DequantizeLinear and QuantizeLinear to INT32 at the scale of the sums, and FP32 weights to INT8.
/// With few bits that scale is coarse, with 16 it overflows: up to three images of four were
/// classified differently. Layers of 8 bits keep their bias, which integer kernels and TensorRT add
/// to the sums: there the rounding is a fraction of the last bit.
final class SeparateBias {
  private static final int EIGHT_BIT_STEPS = 254;

  private SeparateBias() {}

  /// The layers that need it, before their quantizers are lowered.
  static List<Node> layers(Graph graph) {
    return graph.nodes().stream()
        .filter(node -> node.is("Conv") || node.is("ConvTranspose") || isPlainGemm(node))
        .filter(node -> node.input(0).producer().filter(QuantizationNodes::is).isPresent())
        .filter(node -> !isEightBit(node.input(0)) || !isEightBit(node.input(1)))
        .toList();
  }

  private static boolean isPlainGemm(Node node) {
    return node.is("Gemm") && node.floatAttribute("beta", 1) == 1;
  }

  private static boolean isEightBit(Value value) {
    Node quantizer = value.producer().orElse(null);
    if (quantizer == null || !QuantizationNodes.is(quantizer)) {
      return false;
    }
    return switch (quantizer.opType()) {
      case QuantizationNodes.DOREFA_ACTIVATION, QuantizationNodes.DOREFA_WEIGHTS ->
          QuantizationNodes.bits(quantizer) == 8;
      default -> {
        Levels levels = QuantizationNodes.levels(quantizer);
        int steps = levels.high() - levels.low();
        yield steps == EIGHT_BIT_STEPS || steps == EIGHT_BIT_STEPS + 1;
      }
    };
  }

  /// @param layer lowered; left as it is if it has no bias that is known
  static void apply(Graph graph, Node layer) {
    if (layer.isRemoved() || layer.input(2).constant().isEmpty()) {
      return;
    }
    Value bias = layer.input(2);
    Value output = layer.output(0);
    ValueType type = output.type().orElse(null);
    NodeBuilder sums =
        NodeBuilder.of(layer.opType())
            .unchecked()
            .name(layer.name())
            .inputs(layer.input(0), layer.input(1))
            .output(graph.uniqueName(output.name() + ".sums"), type);
    layer.attributes().forEach(sums::attribute);
    Value added = graph.insertBefore(layer, sums).output(0);
    // ONNX Runtime folds an Add into a layer of constant weights again, but no Sub.
    boolean subtract = layer.input(1).constant().isPresent();
    Node last =
        graph.insertBefore(
            layer,
            NodeBuilder.of(subtract ? "Sub" : "Add")
                .name(graph.uniqueNodeName(bias.name()))
                .inputs(added, addend(graph, layer, subtract))
                .output(graph.uniqueName(output.name() + ".biased"), type));
    graph.adoptOutput(last, 0, output);
    graph.remove(layer);
    if (bias.isInitializer() && bias.isUnused()) {
      graph.removeInitializer(bias);
    }
  }

  private static Value addend(Graph graph, Node layer, boolean negative) {
    Value bias = layer.input(2);
    Tensor tensor = bias.constant().orElseThrow();
    float[] values = tensor.toFloats();
    if (negative) {
      for (int i = 0; i < values.length; i++) {
        values[i] = -values[i];
      }
    }
    Shape shape = tensor.shape();
    if (!layer.is("Gemm")) {
      long[] sizes = new long[layer.input(1).shape().orElseThrow().rank() - 1];
      Arrays.fill(sizes, 1);
      sizes[0] = values.length;
      shape = Shape.of(sizes);
    }
    return graph.addConstant(bias.name() + ".apart", Tensor.ofFloats(shape, values));
  }
}
