// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/// Which nodes are layers that run in INT8, and along which axis of the weights their output
/// channels lie.
///
/// `Conv` axis 0; `ConvTranspose` axis 1, or one scale in all when grouped, for axis 1 then counts
/// within a group only; `Gemm` axis 0 when `transB`, else 1; `MatMul` with weights `[K, N]` axis 1.
final class LayerRules {
  /// Fewer channels than this fill no INT8 tile of a tensor core.
  private static final long MIN_CHANNELS = 16;

  private static final long GROUPED_CHANNEL_MULTIPLE = 8;
  private static final long MIN_GROUPED_KERNEL = 3;

  /// What the rules say of a node.
  sealed interface Verdict {
    record Quantize(QuantizableLayer layer) implements Verdict {}

    record Leave(String reason) implements Verdict {}

    /// Not an operator with weights.
    record NotALayer() implements Verdict {}
  }

  private final QdqOptions options;

  LayerRules(QdqOptions options) {
    this.options = options;
  }

  Verdict judge(Node node) {
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
    return new Verdict.Quantize(new QuantizableLayer(node, weights, axis(node)));
  }

  private Optional<String> objection(Node node) {
    Value activation = node.input(0);
    Value weightsValue = node.input(1);
    if (options.excludedNodes().contains(node)) {
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
    int rank = weights.shape().rank();
    boolean convolution = node.is("Conv") || node.is("ConvTranspose");
    if (convolution ? rank < 3 : rank != 2) {
      return Optional.of("its weights have shape " + weights.shape());
    }
    if (weights.elements() == 0) {
      return Optional.of("its weights are empty");
    }
    if (!weights.isFinite()) {
      return Optional.of("its weights contain NaN or infinity");
    }
    if (isDepthwise(node, weights)) {
      return options.quantizeDepthwise()
          ? Optional.empty()
          : Optional.of("depthwise: INT8 gains little there and costs most");
    }
    return options.quantizeSmallLayers() ? Optional.empty() : smallness(node, weights);
  }

  static boolean isQuantizable(DataType type) {
    return switch (type) {
      case FLOAT, FLOAT16, BFLOAT16 -> true;
      default -> false;
    };
  }

  private static OptionalInt axis(Node node) {
    return switch (node.opType()) {
      case "Conv" -> OptionalInt.of(0);
      case "ConvTranspose" ->
          node.intAttribute("group", 1) == 1 ? OptionalInt.of(1) : OptionalInt.empty();
      case "Gemm" -> OptionalInt.of(node.intAttribute("transB", 0) == 0 ? 1 : 0);
      default -> OptionalInt.of(1);
    };
  }

  private static boolean isDepthwise(Node node, Tensor weights) {
    long groups = node.intAttribute("group", 1);
    return groups > 1
        && (node.is("Conv")
            ? weights.shape().size(1) == 1
            : node.is("ConvTranspose") && weights.shape().size(0) == groups);
  }

  private static Optional<String> smallness(Node node, Tensor weights) {
    long[] sizes = weights.shape().sizes();
    if (node.is("Gemm") || node.is("MatMul")) {
      return sizes[0] < MIN_CHANNELS || sizes[1] < MIN_CHANNELS
          ? Optional.of(
              "its weights of shape %s have a side below %d, where INT8 gains nothing"
                  .formatted(weights.shape(), MIN_CHANNELS))
          : Optional.empty();
    }
    long groups = node.intAttribute("group", 1);
    long inputs = node.is("Conv") ? sizes[1] * groups : sizes[0];
    long outputs = node.is("Conv") ? sizes[0] : sizes[1] * groups;
    if (groups == 1) {
      return inputs < MIN_CHANNELS && outputs < MIN_CHANNELS
          ? Optional.of(
              "its %d input and %d output channels are both below %d, where INT8 gains nothing"
                  .formatted(inputs, outputs, MIN_CHANNELS))
          : Optional.empty();
    }
    boolean smallKernel = Arrays.stream(sizes).skip(2).allMatch(size -> size < MIN_GROUPED_KERNEL);
    return outputs % GROUPED_CHANNEL_MULTIPLE != 0 || smallKernel
        ? Optional.of(
            "grouped with %d output channels and a kernel of %s: TensorRT wants a multiple of %d and a kernel of %d or more"
                .formatted(
                    outputs,
                    Arrays.toString(Arrays.copyOfRange(sizes, 2, sizes.length)),
                    GROUPED_CHANNEL_MULTIPLE,
                    MIN_GROUPED_KERNEL))
        : Optional.empty();
  }
}
