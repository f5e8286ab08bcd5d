// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.AutoPad;
import dev.quench.graph.pattern.Match;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.WeightPanels;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Recognizes binary and ternary layers: `Conv`, `Gemm` and `MatMul` nodes whose data input is
/// known to be ±1.
final class ConvolutionPattern {
  /// Sums up to this limit, and halves of them, are exact in FLOAT in any order of summation.
  private static final long EXACT_SUM = 1L << 22;

  private ConvolutionPattern() {}

  static boolean isLayer(Node node) {
    return node.is("Conv") || node.is("Gemm") || node.is("MatMul");
  }

  /// @param channels of the packed data: those of the convolution's input, or, for a dense layer,
  ///   those before flattening
  static Match<Recognized> of(Node node, int channels) {
    Value data = node.input(0);
    boolean flat = data.shape().map(Shape::rank).orElse(0) == 2;
    Optional<Tensor> constant = node.input(1).constant();
    if (constant.isEmpty()) {
      return Match.refused("its weights are not constant");
    }
    Shape shape = constant.get().shape();
    return BinaryWeights.of(constant.get())
        .then(weights ->
            node.is("Conv")
                ? convolution(node, shape, weights, channels)
                : dense(node, shape, weights, channels))
        .then(recognized ->
            flat == node.is("Conv")
                ? Match.refused("its input has an unsupported rank")
                : Match.found(recognized));
  }

  private static Match<Recognized> convolution(
      Node node, Shape shape, byte[] weights, int channels) {
    if (shape.rank() != 4) {
      return Match.refused("its weights have rank %d, expected 4".formatted(shape.rank()));
    }
    int outChannels = Math.toIntExact(shape.size(0));
    int groupChannels = Math.toIntExact(shape.size(1));
    long groups = node.intAttribute("group", 1);
    if (groups < 1 || groups * groupChannels != channels || outChannels % groups != 0) {
      return Match.refused(
          "%d groups of weights %s do not fit %d channels".formatted(groups, shape, channels));
    }
    return ImageWindow.of(node, shape.size(2), shape.size(3))
        .then(window -> convolution(node, weights, shape, channels, window));
  }

  private static Match<Recognized> convolution(
      Node node, byte[] weights, Shape shape, int channels, SlidingWindow window) {
    if (window.axes().stream().anyMatch(ConvolutionPattern::isDilatedWithAutomaticPadding)) {
      return Match.refused("it combines automatic padding with dilation");
    }
    int outChannels = Math.toIntExact(shape.size(0));
    int groupChannels = Math.toIntExact(shape.size(1));
    int groups = Math.toIntExact(node.intAttribute("group", 1));
    long products = (long) groupChannels * window.taps();
    if (products > EXACT_SUM || products == 0 || outChannels == 0) {
      return Match.refused(
          "its sums have %d products, expected 1 to %d".formatted(products, EXACT_SUM));
    }
    Match<ChannelFunction> bias = bias(node, outChannels, products);
    return layer(
        node,
        WeightPanels.pack(weights, channels, outChannels, groups, window.taps()),
        window,
        bias);
  }

  private static boolean isDilatedWithAutomaticPadding(WindowAxis axis) {
    boolean same = axis.autoPad() == AutoPad.SAME_UPPER || axis.autoPad() == AutoPad.SAME_LOWER;
    return same && axis.dilation() > 1;
  }

  private static Match<Recognized> dense(Node node, Shape shape, byte[] weights, int channels) {
    boolean plain =
        node.is("MatMul")
            || (node.intAttribute("transA", 0) == 0
                && node.floatAttribute("alpha", 1) == 1
                && node.floatAttribute("beta", 1) == 1);
    if (!plain || shape.rank() != 2) {
      return Match.refused("it is not a plain matrix product (transA, alpha or beta is set)");
    }
    boolean transposed = node.is("Gemm") && node.intAttribute("transB", 0) != 0;
    int inputs = Math.toIntExact(shape.size(transposed ? 1 : 0));
    int outputs = Math.toIntExact(shape.size(transposed ? 0 : 1));
    if (inputs == 0 || outputs == 0 || inputs % channels != 0 || inputs > EXACT_SUM) {
      return Match.refused("weights %s do not fit %d channels".formatted(shape, channels));
    }
    byte[] rows = transposed ? weights : transpose(weights, inputs, outputs);
    Match<ChannelFunction> bias = bias(node, outputs, inputs);
    return layer(
        node, WeightPanels.pack(rows, channels, outputs, 1, inputs / channels), null, bias);
  }

  private static Match<Recognized> layer(
      Node node,
      WeightPanels weights,
      @Nullable SlidingWindow window,
      Match<ChannelFunction> bias) {
    return bias.then(function -> Match.found(recognized(node, weights, window, function)));
  }

  private static Recognized recognized(
      Node node, WeightPanels weights, @Nullable SlidingWindow window, ChannelFunction bias) {
    int outChannels = weights.outChannels();
    long products = node.input(1).constant().orElseThrow().elements() / outChannels;
    ValueBounds bounds = ValueBounds.ofSums(outChannels, products).then(bias);
    return new Recognized(
        new Instruction.Convolution(node.input(0), weights, window, bias, node.output(0)),
        new Activation.Reals(outChannels, bounds));
  }

  /// A bias that ONNX Runtime adds to the finished sum, or one coarse enough for exact sums in any
  /// order of summation.
  private static Match<ChannelFunction> bias(Node node, int channels, long products) {
    ChannelFunction identity = ChannelFunction.identity(channels);
    Value value = node.input(2);
    if (value.isAbsent()) {
      return Match.found(identity);
    }
    Optional<Tensor> constant = value.constant();
    long elements = constant.map(Tensor::elements).orElse(0L);
    if (constant.isEmpty()
        || constant.get().dataType() != DataType.FLOAT
        || (elements != 1 && elements != channels)
        || (elements == channels
            && constant.get().shape().rank() > 0
            && !constant.get().shape().dim(-1).equals(Shape.of(channels).dim(0)))) {
      return Match.refused("its bias is not a constant with one value per channel");
    }
    float[] values = constant.get().toFloats();
    boolean addedLast = node.is("Conv") && ReferenceArithmetic.ofThisMachine().convolutionBias();
    for (float each : values) {
      if (!Float.isFinite(each) || !(addedLast || isExact(each, products))) {
        return Match.refused(
            "its sums with the bias %s depend on the order of summation; move the bias into an Add after it"
                .formatted(each));
      }
    }
    return Match.found(identity.then(ChannelFunction.Operator.ADD, values));
  }

  private static boolean isExact(float bias, long products) {
    for (int bits = 0; bits < 16; bits++) {
      float scaled = Math.scalb(bias, bits);
      if (scaled == Math.rint(scaled)) {
        return Math.abs(scaled) + Math.scalb((float) products, bits) < EXACT_SUM;
      }
    }
    return false;
  }

  private static byte[] transpose(byte[] weights, int rows, int columns) {
    byte[] transposed = new byte[weights.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        transposed[column * rows + row] = weights[row * columns + column];
      }
    }
    return transposed;
  }
}
