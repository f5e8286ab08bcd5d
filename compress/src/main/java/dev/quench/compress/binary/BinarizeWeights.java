// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import dev.quench.compress.LayerSums;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Makes the weights of layers binary or ternary for training: of the layers with given names, or
/// of all layers except the first and the last. Layers are `Conv`, `ConvTranspose`, and `Gemm` and
/// `MatMul` with constant matrices.
///
/// 1. `Conv(x, W)` → `Conv(x, Binarize(W))` without a scale.
/// 2. `Conv(x, W, b)` → `Add(Mul(Conv(x, B), α), b)` with `B, α = Binarize(W)` with one.
///    [BinaryScale] says which.
///
/// W remains as the latent weights, clipped to [−1, 1]. Source: Courbariaux et al., BinaryConnect,
/// NIPS 2015; Rastegari et al., XNOR-Net, ECCV 2016; Li et al., Ternary Weight Networks, 2016.
/// Immutable.
public final class BinarizeWeights implements Transformation<Integer> {
  private final WeightScheme scheme;
  private final Set<String> names;

  /// Binarizes all layers except the first and the last, with α where it is needed. Layers whose
  /// weights are not FLOAT constants with a single reader stay unchanged.
  ///
  /// @param bits [WeightBits#FLOAT] leaves a model unchanged
  public BinarizeWeights(WeightBits bits) {
    this(WeightScheme.of(bits));
  }

  /// Binarizes all layers except the first and the last. Layers whose weights are not FLOAT
  /// constants with a single reader stay unchanged.
  public BinarizeWeights(WeightScheme scheme) {
    this(scheme, Set.of());
  }

  private BinarizeWeights(WeightScheme scheme, Set<String> names) {
    this.scheme = scheme;
    this.names = names;
  }

  /// Binarizes the layers of these names, the first and the last included.
  ///
  /// @param layers names of nodes, one or more
  public static BinarizeWeights ofLayers(WeightScheme scheme, Set<String> layers) {
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("expected the name of a layer, got none");
    }
    return new BinarizeWeights(scheme, new LinkedHashSet<>(layers));
  }

  @Override
  public String name() {
    return "binarize-weights";
  }

  /// @return number of layers whose weights became binary or ternary
  /// @throws IllegalArgumentException if a name is not that of a layer, or its weights cannot be
  ///   binarized
  @Override
  public Integer apply(Model model) {
    Graph graph = model.graph();
    List<Node> layers = names.isEmpty() ? BinaryLayers.inner(graph) : named(graph);
    if (scheme.bits() == WeightBits.FLOAT) {
      return 0;
    }
    int binarized = 0;
    for (Node layer : layers) {
      if (isTrainable(layer)) {
        binarize(graph, layer, latent(graph, layer));
        binarized++;
      }
    }
    if (binarized > 0) {
      graph.setOpsets(graph.opsets().with(TrainingOps.DOMAIN, 1));
    }
    return binarized;
  }

  private List<Node> named(Graph graph) {
    List<Node> layers = BinaryLayers.named(graph, names);
    for (Node layer : layers) {
      if (!isTrainable(layer)) {
        throw new IllegalArgumentException(
            layer.describe() + ": expected constant FLOAT weights that no other node reads");
      }
    }
    return layers;
  }

  private static boolean isTrainable(Node layer) {
    Value weights = layer.input(1);
    return weights.constant().isPresent()
        && weights.hasSingleUse()
        && weights.dataType().filter(DataType.FLOAT::equals).isPresent()
        && FilterLayout.ofLayer(layer).fits(weights.constant().get().shape());
  }

  /// The weights as an initializer, which those of a `Constant` node become.
  private static Value latent(Graph graph, Node layer) {
    Value weights = layer.input(1);
    if (weights.isInitializer()) {
      return weights;
    }
    Value initializer =
        graph.addConstant(weights.name() + "_weights", weights.constant().orElseThrow());
    layer.setInput(1, initializer);
    return initializer;
  }

  private void binarize(Graph graph, Node layer, Value latent) {
    String name = latent.name();
    Tensor tensor = latent.initializer().orElseThrow();
    FilterLayout layout = FilterLayout.ofLayer(layer);
    graph.setInitializer(latent, clipped(tensor));
    boolean scaled =
        switch (scheme.scale()) {
          case WHERE_NEEDED -> !isNormalized(layer);
          case ALWAYS -> true;
          case NEVER -> false;
        };
    NodeBuilder builder =
        NodeBuilder.of(TrainingOps.BINARIZE)
            .domain(TrainingOps.DOMAIN)
            .name(graph.uniqueNodeName(name + ".Binarize"))
            .attribute(TrainingOps.LEVELS, scheme.bits() == WeightBits.TERNARY ? 3 : 2)
            .attribute(TrainingOps.CENTRE, scheme.centred() ? 1 : 0)
            .attribute(TrainingOps.STOCHASTIC, scheme.stochastic() ? 1 : 0)
            .attribute(FilterLayout.AXIS, layout.axis())
            .attribute(FilterLayout.GROUP, layout.groups())
            .inputs(latent)
            .output(
                graph.uniqueName(name + ".quantized"),
                ValueType.tensor(DataType.FLOAT, tensor.shape()));
    Shape alongChannels = alongChannels(layout, tensor.shape());
    if (scaled) {
      builder.output(
          graph.uniqueName(name + ".scale"), ValueType.tensor(DataType.FLOAT, alongChannels));
    }
    Node binarize = graph.insertBefore(layer, builder);
    // XNOR adds the bias of a product behind its integer sums, as it does a convolution's.
    if (scaled || (layer.is("Gemm") && layer.input(2).isPresent())) {
      replace(graph, layer, binarize, alongChannels);
    } else {
      layer.setInput(1, binarize.output(0));
    }
  }

  /// The shape `[filters, 1, …]`, which broadcasts along the channels of the layer's output.
  private static Shape alongChannels(FilterLayout layout, Shape weights) {
    long[] sizes = new long[weights.rank() - 1];
    Arrays.fill(sizes, 1);
    sizes[0] = layout.filters(weights);
    return Shape.of(sizes);
  }

  /// A name that no node of the model has, whether or not the layer has one.
  private static String partName(Graph graph, Node layer, String part) {
    String whole = layer.name().isEmpty() ? layer.output(0).name() : layer.name();
    return graph.uniqueNodeName(whole + part);
  }

  /// Replaces `layer` with a layer without bias, the scale if there is one, and the bias; the last
  /// of them produces its output.
  private static void replace(Graph graph, Node layer, Node binarize, Shape alongChannels) {
    Value output = layer.output(0);
    ValueType type = output.type().orElse(null);
    Node last = LayerSums.insert(layer, binarize.output(0));
    if (binarize.outputs().size() > 1) {
      last =
          graph.insertBefore(
              layer,
              NodeBuilder.of("Mul")
                  .name(partName(graph, layer, ".scale"))
                  .inputs(last.output(0), binarize.output(1))
                  .output(graph.uniqueName(output.name() + ".scaled"), type));
    }
    if (layer.input(2).isPresent()) {
      last =
          graph.insertBefore(
              layer,
              NodeBuilder.of("Add")
                  .name(partName(graph, layer, ".bias"))
                  .inputs(last.output(0), addend(graph, layer, alongChannels))
                  .output(graph.uniqueName(output.name() + ".biased"), type));
    }
    graph.adoptOutput(last, 0, output);
    graph.remove(layer);
  }

  /// The bias in a shape that an Add broadcasts as the layer does, with the factor `beta` in it.
  private static Value addend(Graph graph, Node layer, Shape alongChannels) {
    Value bias = layer.input(2);
    float beta = layer.is("Gemm") ? layer.floatAttribute("beta", 1) : 1;
    if (layer.is("Gemm") && beta == 1) {
      return bias;
    }
    Tensor tensor =
        bias.initializer()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "bias " + bias + ": expected an initializer; fold constants first"));
    if (layer.is("Gemm")) {
      float[] values = tensor.toFloats();
      for (int i = 0; i < values.length; i++) {
        values[i] *= beta;
      }
      return graph.addConstant(bias.name() + ".scaled", Tensor.ofFloats(tensor.shape(), values));
    }
    return graph.addConstant(bias.name() + ".reshaped", tensor.reshape(alongChannels));
  }

  /// Whether only a BatchNormalization reads the output, directly or after max pooling.
  private static boolean isNormalized(Node layer) {
    Value value = layer.output(0);
    while (value.hasSingleUse()) {
      Node reader = value.uses().getFirst().node();
      if (reader.is("BatchNormalization") || TrainingOps.isShiftNormalization(reader)) {
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
