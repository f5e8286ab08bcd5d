// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// Makes the weights of a network's inner layers binary or ternary for training: the weights of all
/// convolutions and `Gemm` nodes (with `transB` 1) except the first and the last.
///
/// 1. `Conv(x, W)` → `Conv(x, Binarize(W))` if a BatchNormalization follows, directly or after max
///    pooling: it absorbs any scale of the weights.
/// 2. `Conv(x, W, b)` → `Add(Mul(Conv(x, B), α), b)` with `B, α = Binarize(W)` otherwise.
///
/// W remains as the latent weights, clipped to [−1, 1]. Weights that are not a float initializer
/// with a single reader stay unchanged. Source: Courbariaux et al., BinaryConnect, NIPS 2015;
/// Rastegari et al., XNOR-Net, ECCV 2016, section 3.1 for α. Immutable.
public final class BinarizeWeights implements Transformation<Integer> {
  private final WeightBits bits;

  /// @param bits [WeightBits#FLOAT] leaves a model unchanged
  public BinarizeWeights(WeightBits bits) {
    this.bits = bits;
  }

  @Override
  public String name() {
    return "binarize-weights";
  }

  /// @return number of layers whose weights became binary or ternary
  @Override
  public Integer apply(Model model) {
    if (bits == WeightBits.FLOAT) {
      return 0;
    }
    Graph graph = model.graph();
    List<Node> layers = graph.nodes().stream().filter(BinarizeWeights::isLayer).toList();
    int binarized = 0;
    for (int i = 1; i < layers.size() - 1; i++) {
      Value weights = layers.get(i).input(1);
      if (weights.initializer().isPresent()
          && weights.hasSingleUse()
          && weights.dataType().filter(DataType.FLOAT::equals).isPresent()) {
        binarize(graph, layers.get(i), weights);
        binarized++;
      }
    }
    if (binarized > 0) {
      graph.setOpsets(graph.opsets().with(TrainingOps.DOMAIN, 1));
    }
    return binarized;
  }

  private static boolean isLayer(Node node) {
    return node.is("Conv")
        || (node.is("Gemm")
            && node.floatAttribute("alpha", 1) == 1
            && node.intAttribute("transB", 0) == 1);
  }

  private void binarize(Graph graph, Node layer, Value latent) {
    String name = latent.name();
    Tensor tensor = latent.initializer().orElseThrow();
    graph.setInitializer(latent, clipped(tensor));
    boolean scaled = !isNormalized(layer);
    NodeBuilder builder =
        NodeBuilder.of(TrainingOps.BINARIZE)
            .domain(TrainingOps.DOMAIN)
            .name(name + ".Binarize")
            .attribute(TrainingOps.LEVELS, bits == WeightBits.TERNARY ? 3 : 2)
            .inputs(latent)
            .output(
                graph.uniqueName(name + ".quantized"),
                ValueType.tensor(DataType.FLOAT, tensor.shape()));
    if (scaled) {
      builder.output(
          graph.uniqueName(name + ".scale"),
          ValueType.tensor(DataType.FLOAT, alongChannels(tensor.shape())));
    }
    Node binarize = graph.insertBefore(layer, builder);
    if (scaled) {
      replace(graph, layer, binarize, alongChannels(tensor.shape()));
    } else {
      layer.setInput(1, binarize.output(0));
    }
  }

  /// The shape `[filters, 1, …]`, which broadcasts along the channels of the layer's output.
  private static Shape alongChannels(Shape weights) {
    long[] sizes = new long[Math.max(1, weights.rank() - 1)];
    Arrays.fill(sizes, 1);
    sizes[0] = weights.size(0);
    return Shape.of(sizes);
  }

  /// Replaces `layer` with a layer without bias, the scale and the bias; the last of them produces
  /// its output.
  private static void replace(Graph graph, Node layer, Node binarize, Shape alongChannels) {
    Value output = layer.output(0);
    ValueType type = output.type().orElse(null);
    NodeBuilder sums =
        NodeBuilder.of(layer.opType())
            .unchecked()
            .name(layer.name())
            .inputs(layer.input(0), binarize.output(0))
            .output(graph.uniqueName(output.name() + ".sums"), type);
    layer.attributes().forEach(sums::attribute);
    Node last = graph.insertBefore(layer, sums);
    last =
        graph.insertBefore(
            layer,
            NodeBuilder.of("Mul")
                .name(layer.name() + ".scale")
                .inputs(last.output(0), binarize.output(1))
                .output(graph.uniqueName(output.name() + ".scaled"), type));
    if (layer.input(2).isPresent()) {
      last =
          graph.insertBefore(
              layer,
              NodeBuilder.of("Add")
                  .name(layer.name() + ".bias")
                  .inputs(last.output(0), reshaped(graph, layer.input(2), alongChannels))
                  .output(graph.uniqueName(output.name() + ".biased"), type));
    }
    graph.adoptOutput(last, 0, output);
    graph.remove(layer);
  }

  private static Value reshaped(Graph graph, Value bias, Shape shape) {
    return bias.initializer()
        .map(tensor -> graph.addConstant(bias.name() + ".reshaped", tensor.reshape(shape)))
        .orElseThrow(() ->
            new IllegalArgumentException(
                "bias " + bias + ": expected an initializer; fold constants first"));
  }

  /// Whether only a BatchNormalization reads the output, directly or after max pooling.
  private static boolean isNormalized(Node layer) {
    Value value = layer.output(0);
    while (value.hasSingleUse()) {
      Node reader = value.uses().getFirst().node();
      if (reader.is("BatchNormalization")) {
        return true;
      }
      if (!reader.is("MaxPool")) {
        return false;
      }
      value = reader.output(0);
    }
    return false;
  }

  private static Tensor clipped(Tensor tensor) {
    float[] values = tensor.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.clamp(values[i], -1f, 1f);
    }
    return Tensor.ofFloats(tensor.shape(), values);
  }
}
