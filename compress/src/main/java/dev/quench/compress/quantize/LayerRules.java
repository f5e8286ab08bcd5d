// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/// Decides which nodes are layers that run in INT8. Their weights get one scale for each output
/// channel, or a single one where no axis counts these ([WeightLayout#outputAxis]).
public final class LayerRules {
  /// Fewer channels than this fill no INT8 tile of a tensor core.
  private static final long MIN_CHANNELS = 16;

  private static final long GROUPED_CHANNEL_MULTIPLE = 8;
  private static final long MIN_GROUPED_KERNEL = 3;

  /// What the rules say of a node.
  public sealed interface Verdict {
    record Quantize(QuantizableLayer layer) implements Verdict {}

    record Leave(String reason) implements Verdict {}

    /// Not an operator with weights.
    record NotALayer() implements Verdict {}
  }

  private final QdqOptions options;

  public LayerRules(QdqOptions options) {
    this.options = options;
  }

  public Verdict judge(Node node) {
    if (node.is("LSTM") || node.is("GRU") || node.is("RNN")) {
      return new Verdict.Leave("recurrent: no runtime computes it in INT8 by Q/DQ nodes");
    }
    if (node.is("Einsum")
        && node.inputs().stream().anyMatch(input -> input.constant().isPresent())) {
      return new Verdict.Leave("Einsum with weights: only written as MatMul it runs in INT8");
    }
    if (!(node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm") || node.is("MatMul"))) {
      return new Verdict.NotALayer();
    }
    Optional<String> objection = objection(node);
    if (objection.isPresent()) {
      return new Verdict.Leave(objection.get());
    }
    Tensor weights = node.input(1).constant().orElseThrow();
    return new Verdict.Quantize(
        new QuantizableLayer(node, weights, WeightLayout.of(node).orElseThrow().outputAxis()));
  }

  private Optional<String> objection(Node node) {
    Value activation = node.input(0);
    Value weightsValue = node.input(1);
    if (options.excludes(node)) {
      return Optional.of("excluded by name");
    }
    if (activation.isAbsent() || weightsValue.isAbsent()) {
      return Optional.of("an input is missing");
    }
    if (activation.constant().isPresent()) {
      return Optional.of("its first input is a constant");
    }
    Tensor weights = weightsValue.constant().orElse(null);
    if (weights == null) {
      return Optional.of(
          weightsValue.isInitializer()
              ? "its weights are the default of a graph input and may be replaced"
              : "its second input is computed, not constant weights");
    }
    if (!isQuantizable(weights.dataType())) {
      return Optional.of(
          "its weights are " + weights.dataType() + "; only floats of up to 32 bits are quantized");
    }
    WeightLayout layout = WeightLayout.of(node).orElse(null);
    if (layout == null) {
      return Optional.of("its weights have shape " + weights.shape());
    }
    if (weights.elements() == 0) {
      return Optional.of("its weights are empty");
    }
    if (!weights.isFinite()) {
      return Optional.of("its weights contain NaN or infinity");
    }
    if (node.input(2).constant().filter(bias -> !bias.isFinite()).isPresent()) {
      return Optional.of("its bias contains NaN or infinity");
    }
    if (layout.isDepthwise()) {
      return options.quantizeDepthwise()
          ? Optional.empty()
          : Optional.of("depthwise: INT8 gains little there and costs most");
    }
    return options.quantizeSmallLayers() ? Optional.empty() : smallness(layout, weights.shape());
  }

  static boolean isQuantizable(DataType type) {
    return switch (type) {
      case FLOAT, FLOAT16, BFLOAT16 -> true;
      default -> false;
    };
  }

  private static Optional<String> smallness(WeightLayout layout, Shape weights) {
    long inputs = layout.inputChannels();
    long outputs = layout.outputChannels();
    if (layout.spatialAxes() == 0) {
      return Math.min(inputs, outputs) < MIN_CHANNELS
          ? Optional.of(
              "its weights of shape %s have a side below %d, where INT8 gains nothing"
                  .formatted(weights, MIN_CHANNELS))
          : Optional.empty();
    }
    if (layout.groups() == 1) {
      return Math.max(inputs, outputs) < MIN_CHANNELS
          ? Optional.of(
              "its %d input and %d output channels are both below %d, where INT8 gains nothing"
                  .formatted(inputs, outputs, MIN_CHANNELS))
          : Optional.empty();
    }
    long[] kernel = Arrays.stream(weights.sizes()).skip(2).toArray();
    boolean smallKernel = Arrays.stream(kernel).allMatch(size -> size < MIN_GROUPED_KERNEL);
    return outputs % GROUPED_CHANNEL_MULTIPLE != 0 || smallKernel
        ? Optional.of(
            "grouped with %d output channels and a kernel of %s: TensorRT wants a multiple of %d and a kernel of %d or more"
                .formatted(
                    outputs, Arrays.toString(kernel), GROUPED_CHANNEL_MULTIPLE, MIN_GROUPED_KERNEL))
        : Optional.empty();
  }
}
