// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.compress.binary.TrainingOps;
import dev.quench.compress.quantize.QuantizableLayer;
import dev.quench.compress.train.quantize.TrainingScheme.Method;
import dev.quench.compress.train.quantize.TrainingScheme.Normalization;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/// Puts training-only quantizers in front of a layer's weights, and folds the normalization behind
/// it into them.
final class LayerQuantizer {
  private final Graph graph;

  LayerQuantizer(Graph graph) {
    this.graph = graph;
  }

  void quantize(QuantizableLayer layer, TrainingScheme scheme) {
    Value weights = layer.weightsValue();
    OptionalInt axis = scheme.perChannel() ? layer.axis() : OptionalInt.empty();
    layer
        .node()
        .setInput(
            1, quantizer(layer.node(), weights, weights.name(), layer.weights(), axis, scheme));
  }

  /// `BatchNormalization(Conv(x, W, b))` → `Conv(x′, W′, b′)`, or `Add(Mul(Conv(x′, W′), ratio),
  /// b′)` where calibrated, with W′ and b′ from [QuantizationNodes#FOLD], which reads the float
  /// `Conv(x, W, b)`.
  ///
  /// @param input x before quantization
  void quantizeFolded(NormalizedLayer normalized, TrainingScheme scheme, Value input) {
    Node layer = normalized.layer();
    Node normalization = normalized.normalization();
    Value weights = layer.input(1);
    Value bias = layer.input(2);
    boolean calibrated = scheme.normalization() == Normalization.CALIBRATED;
    Node fold = fold(normalized, sums(layer, input, weights, bias), calibrated);
    Value quantized =
        quantizer(
            layer,
            fold.output(0),
            weights.name(),
            FoldedLayer.of(fold).weights(),
            scheme.perChannel() ? OptionalInt.of(normalized.axis()) : OptionalInt.empty(),
            scheme);
    layer.setInput(1, quantized);
    Value result = normalization.output(0);
    normalization.truncateInputs(0);
    if (calibrated) {
      correct(layer, fold, result);
    } else {
      layer.setInput(2, fold.output(1));
      graph.adoptOutput(layer, 0, result);
    }
    graph.remove(normalization);
  }

  private Value sums(Node layer, Value input, Value weights, Value bias) {
    Value output = layer.output(0);
    NodeBuilder builder =
        NodeBuilder.of(layer.opType())
            .unchecked()
            .name(graph.uniqueNodeName(layer.name() + "_float"))
            .inputs(input, weights)
            .output(graph.uniqueName(output.name() + "_float"), output.type().orElse(null));
    if (bias.isPresent()) {
      builder.inputs(bias);
    }
    layer.attributes().forEach(builder::attribute);
    return graph.insertBefore(layer, builder).output(0);
  }

  private Node fold(NormalizedLayer normalized, Value sums, boolean calibrated) {
    Node layer = normalized.layer();
    Node normalization = normalized.normalization();
    Value weights = layer.input(1);
    Shape shape = weights.constant().orElseThrow().shape();
    long channels = shape.size(normalized.axis());
    long[] broadcast = new long[calibrated ? shape.rank() - 1 : 1];
    Arrays.fill(broadcast, 1);
    broadcast[0] = channels;
    ValueType perChannel = ValueType.tensor(DataType.FLOAT, Shape.of(broadcast));
    NodeBuilder builder =
        NodeBuilder.of(QuantizationNodes.FOLD)
            .domain(TrainingOps.DOMAIN)
            .name(graph.uniqueNodeName(normalization.name() + "_Fold"))
            .inputs(
                sums,
                weights,
                layer.input(2),
                normalization.input(1),
                normalization.input(2),
                normalization.input(3),
                normalization.input(4))
            .attribute(QuantizationNodes.AXIS, normalized.axis())
            .attribute(QuantizationNodes.EPSILON, normalization.floatAttribute("epsilon", 1e-5f))
            .attribute(
                QuantizationNodes.MOMENTUM, 1 - normalization.floatAttribute("momentum", 0.9f))
            .attribute(QuantizationNodes.CALIBRATED, calibrated ? 1 : 0)
            .output(
                graph.uniqueName(weights.name() + "_folded"),
                ValueType.tensor(DataType.FLOAT, shape))
            .output(graph.uniqueName(weights.name() + "_shift"), perChannel);
    if (calibrated) {
      builder.output(graph.uniqueName(weights.name() + "_ratio"), perChannel);
    }
    return graph.insertBefore(layer, builder);
  }

  private void correct(Node layer, Node fold, Value result) {
    layer.truncateInputs(2);
    ValueType type = result.type().orElse(null);
    Node multiply =
        graph.insertAfter(
            layer,
            NodeBuilder.of("Mul")
                .name(graph.uniqueNodeName(layer.name() + "_ratio"))
                .inputs(layer.output(0), fold.output(2))
                .output(graph.uniqueName(result.name() + "_corrected"), type));
    Node add =
        graph.insertAfter(
            multiply,
            NodeBuilder.of("Add")
                .name(graph.uniqueNodeName(layer.name() + "_shift"))
                .inputs(multiply.output(0), fold.output(1))
                .output(graph.uniqueName(result.name() + "_shifted"), type));
    graph.adoptOutput(add, 0, result);
  }

  /// @param current what `weights` are now
  private Value quantizer(
      Node layer,
      Value weights,
      String name,
      Tensor current,
      OptionalInt axis,
      TrainingScheme scheme) {
    NodeBuilder builder =
        switch (scheme.method()) {
          case IAO, PACT ->
              levels(
                  NodeBuilder.of(QuantizationNodes.FAKE_QUANTIZE).inputs(weights),
                  Levels.ofWeights(scheme.weightBits(), scheme.symmetric()));
          case LSQ -> {
            Levels levels = Levels.ofWeights(scheme.weightBits(), true);
            yield levels(
                NodeBuilder.of(QuantizationNodes.LEARNED_STEP)
                    .inputs(
                        weights, graph.addConstant(name + "_step", steps(current, axis, levels))),
                levels);
          }
          case DOREFA ->
              NodeBuilder.of(QuantizationNodes.DOREFA_WEIGHTS)
                  .inputs(weights)
                  .attribute(QuantizationNodes.BITS, scheme.weightBits())
                  .attribute(QuantizationNodes.WITH_ZERO, scheme.forTensorRt() ? 1 : 0);
        };
    if (scheme.method() != Method.DOREFA) {
      axis.ifPresent(each -> builder.attribute(QuantizationNodes.AXIS, each));
    }
    builder
        .domain(TrainingOps.DOMAIN)
        .name(graph.uniqueNodeName(name + "_Quantize"))
        .output(
            graph.uniqueName(name + "_rounded"), ValueType.tensor(DataType.FLOAT, current.shape()));
    return graph.insertBefore(layer, builder).output(0);
  }

  /// The steps that training starts with: 2 · mean |w| / √high. Source: Esser et al., ICLR 2020,
  /// section 2.1.
  private static Tensor steps(Tensor weights, OptionalInt axis, Levels levels) {
    int channels = axis.isPresent() ? Math.toIntExact(weights.shape().size(axis.getAsInt())) : 1;
    long inner = 1;
    for (int i = axis.orElse(-1) + 1; i < weights.shape().rank(); i++) {
      inner *= weights.shape().size(i);
    }
    double[] sums = new double[channels];
    float[] values = weights.toFloats();
    for (int i = 0; i < values.length; i++) {
      sums[(int) (i / inner % channels)] += Math.abs(values[i]);
    }
    float[] steps = new float[channels];
    for (int c = 0; c < channels; c++) {
      double mean = sums[c] * channels / values.length;
      // A channel of zeros needs a step that a gradient can still move.
      steps[c] = mean > 0 ? (float) (2 * mean / Math.sqrt(levels.high())) : 1e-3f;
    }
    return Tensor.ofFloats(Shape.of(channels), steps);
  }

  /// Quantizes the gradient at the output of a layer, unless the output leaves the network.
  void quantizeGradient(Node layer, TrainingScheme scheme) {
    Value output = layer.output(0);
    if (scheme.gradientBits() == TrainingScheme.FLOAT || output.isGraphOutput()) {
      return;
    }
    List<Use> readers = output.uses();
    Node quantizer =
        graph.insertAfter(
            layer,
            NodeBuilder.of(QuantizationNodes.GRADIENT)
                .domain(TrainingOps.DOMAIN)
                .name(graph.uniqueNodeName(output.name() + "_QuantizeGradient"))
                .attribute(QuantizationNodes.BITS, scheme.gradientBits())
                .inputs(output)
                .output(
                    graph.uniqueName(output.name() + "_with_gradient"),
                    output.type().orElse(null)));
    readers.forEach(use -> use.node().setInput(use.inputIndex(), quantizer.output(0)));
  }

  static NodeBuilder levels(NodeBuilder builder, Levels levels) {
    return builder
        .attribute(QuantizationNodes.LOW, levels.low())
        .attribute(QuantizationNodes.HIGH, levels.high())
        .attribute(QuantizationNodes.SYMMETRIC, levels.symmetric() ? 1 : 0);
  }
}
