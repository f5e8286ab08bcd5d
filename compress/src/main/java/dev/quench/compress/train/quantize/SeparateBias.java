// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.compress.LayerSums;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Moves the bias of quantized layers behind them, unless both weights and activations have 8 bits.
/// A layer of FP32 weights without a bias gets one of zeros, so that no QuantizeLinear follows it.
///
/// At its first level of optimization ONNX Runtime 1.29 rounds the FP32 bias of a layer between
/// DequantizeLinear and QuantizeLinear to INT32 at the scale of the sums, and FP32 weights to INT8.
/// With few bits that scale is coarse, with 16 it overflows. Layers of 8 bits keep their bias,
/// which integer kernels and TensorRT add to the sums: there the rounding is a fraction of the last
/// bit.
final class SeparateBias {
  private static final int EIGHT_BIT_STEPS = 254;

  private SeparateBias() {}

  /// The layers whose bias is to move, before their quantizers are lowered.
  static List<Node> layers(Graph graph) {
    return graph.nodes().stream()
        .filter(node -> node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm"))
        .filter(node -> node.input(0).producer().filter(QuantizationNodes::is).isPresent())
        .filter(node -> !isEightBit(node.input(0)) || !isEightBit(node.input(1)))
        .toList();
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

  /// @param layer lowered; left as it is if its bias is not known, or missing and not needed
  static void apply(Graph graph, Node layer) {
    if (layer.isRemoved()) {
      return;
    }
    boolean floatWeights = layer.input(1).constant().isPresent();
    Optional<Tensor> bias =
        layer.input(2).isAbsent() && floatWeights
            ? WeightLayout.of(layer).map(layout -> zeros(layout.outputChannels()))
            : layer.input(2).constant();
    if (bias.isEmpty()) {
      return;
    }
    Value former = layer.input(2);
    Value output = layer.output(0);
    String layerName = layer.name().isEmpty() ? output.name() : layer.name();
    String name = former.isAbsent() ? layerName + ".bias" : former.name();
    Node sums = LayerSums.insert(layer, layer.input(1));
    // ONNX Runtime folds an Add into a layer of constant weights again, but no Sub.
    Value addend = graph.addConstant(name + ".apart", addend(layer, bias.get(), floatWeights));
    Node last =
        graph.insertBefore(
            layer,
            NodeBuilder.of(floatWeights ? "Sub" : "Add")
                .name(graph.uniqueNodeName(name))
                .inputs(sums.output(0), addend)
                .output(graph.uniqueName(output.name() + ".biased"), output.type().orElse(null)));
    graph.adoptOutput(last, 0, output);
    graph.remove(layer);
    if (former.isPresent() && former.isInitializer() && former.isUnused()) {
      graph.removeInitializer(former);
    }
  }

  private static Tensor zeros(long channels) {
    return Tensor.ofFloats(Shape.of(channels), new float[Math.toIntExact(channels)]);
  }

  private static Tensor addend(Node layer, Tensor bias, boolean negative) {
    float beta = layer.is("Gemm") ? layer.floatAttribute("beta", 1) : 1;
    float[] values = bias.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] *= negative ? -beta : beta;
    }
    Shape shape = bias.shape();
    if (!layer.is("Gemm")) {
      long[] sizes = new long[layer.input(1).shape().orElseThrow().rank() - 1];
      Arrays.fill(sizes, 1);
      sizes[0] = values.length;
      shape = Shape.of(sizes);
    }
    return Tensor.ofFloats(shape, values);
  }
}
