// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.CodebookWeights;
import dev.quench.graph.pattern.Match;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.kernel.ChannelFunction;
import java.util.Optional;

/// Recognizes layers of words and codes that the kernel can run: two-dimensional `Conv` nodes in
/// one group at stride 1, and the channelwise operations behind them that nothing else reads.
final class LookupPattern {
  private LookupPattern() {}

  /// Whether the node is a layer whose weights are words and codes.
  static boolean isCoded(Node node) {
    return ConvolutionPattern.isLayer(node) && CodebookWeights.of(node).isPresent();
  }

  /// @param node a layer whose weights are words and codes
  static Match<Instruction.Lookup> of(Node node) {
    CodebookWeights weights = CodebookWeights.of(node).orElseThrow();
    Value data = node.input(0);
    if (!node.is("Conv")) {
      return Match.refused("it is a product, which has too few rows for tables");
    }
    long[] kernel = node.input(1).shape().map(Shape::sizes).orElse(new long[0]);
    boolean image =
        kernel.length == 4
            && data.shape().map(Shape::rank).orElse(0) == 4
            && data.dataType().equals(Optional.of(DataType.FLOAT))
            && !data.isInitializer()
            && data.constant().isEmpty();
    if (!image) {
      return Match.refused("it is not a convolution of images");
    }
    long groups = node.intAttribute("group", 1);
    if (groups != 1) {
      return Match.refused("it has %d groups, tables need one".formatted(groups));
    }
    return ImageWindow.of(node, kernel[2], kernel[3]).then(window -> of(node, weights, window));
  }

  private static Match<Instruction.Lookup> of(
      Node node, CodebookWeights weights, SlidingWindow window) {
    for (WindowAxis axis : window.axes()) {
      if (axis.stride() != 1) {
        return Match.refused("its stride is %d, tables need 1".formatted(axis.stride()));
      }
    }
    float[] bias = new float[weights.outputs()];
    if (!node.input(2).isAbsent()) {
      Optional<Tensor> constant = node.input(2).constant();
      if (constant.isEmpty() || constant.get().elements() != bias.length) {
        return Match.refused("its bias is not a constant with one value per channel");
      }
      bias = constant.get().toFloats();
    }
    Instruction.Lookup layer =
        new Instruction.Lookup(
            node,
            node.input(0),
            weights,
            bias,
            window,
            ChannelFunction.identity(weights.outputs()),
            node.output(0));
    return Match.found(withFollowers(layer));
  }

  private static Instruction.Lookup withFollowers(Instruction.Lookup layer) {
    ChannelFunction function = layer.function();
    Value output = layer.output();
    while (output.hasSingleUse() && !output.isGraphOutput()) {
      Node next = output.uses().getFirst().node();
      if (!(ChannelwisePattern.of(next, function.channels())
              instanceof
              Match.Found<ChannelwisePattern>(
                  ChannelwisePattern(Value source, ChannelFunction after)))
          || source != output
          || next.graph() != layer.node().graph()) {
        break;
      }
      function = function.then(after);
      output = next.output(0);
    }
    return new Instruction.Lookup(
        layer.node(),
        layer.input(),
        layer.weights(),
        layer.bias(),
        layer.window(),
        function,
        output);
  }
}
