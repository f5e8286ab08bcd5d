// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.CodebookWeights;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.run.Session;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.SignThresholds;
import dev.quench.xnor.kernel.WeightPanels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A step of a program. Recognition emits an instruction for each node that runs without ONNX
/// Runtime, planning adds the subgraphs between them and fuses, and the executor runs the result in
/// order.
///
/// Operands are values of the graph. ONNX Runtime and look-up layers compute NCHW floats; the other
/// instructions compute packed bits, one per sign, or NHWC floats. Immutable.
public sealed interface Instruction {
  /// A part of the graph that runs in ONNX Runtime. Planning adds it.
  record Subgraph(Session session, List<Value> inputs, List<Value> outputs)
      implements Instruction {}

  /// Floats to bits: the signs of an affine function of them.
  ///
  /// @param function affine, see [ChannelFunction#isAffine]; the identity unless ONNX Runtime
  ///   computes the input
  record Binarize(Value input, ChannelFunction function, Value output) implements Instruction {}

  /// Bits to floats: an affine function of the sums of a binary or ternary convolution.
  ///
  /// @param window null for a dense layer, whose window is the whole input
  /// @param function affine, see [ChannelFunction#isAffine]
  record Convolution(
      Value input,
      WeightPanels weights,
      @Nullable SlidingWindow window,
      ChannelFunction function,
      Value output)
      implements Instruction {}

  /// Bits to bits: the sums of a binary or ternary convolution compared with thresholds. Fusion
  /// makes it.
  ///
  /// @param window null for a dense layer, whose window is the whole input
  record ThresholdConvolution(
      Value input,
      WeightPanels weights,
      @Nullable SlidingWindow window,
      SignThresholds signs,
      Value output)
      implements Instruction {}

  /// Bits to bits: the sign of the maximum over each window.
  ///
  /// @param anyNegative by channel, see [dev.quench.xnor.kernel.BitMaxPool]
  record BitMaxPool(Value input, SlidingWindow window, List<Boolean> anyNegative, Value output)
      implements Instruction {}

  /// Reinterprets the bits in another shape, for a dense layer.
  record Flatten(Value input, Value output) implements Instruction {}

  /// Bits to bits: shuffles the channels.
  record ChannelShuffle(Value input, int groups, Value output) implements Instruction {}

  /// Floats to floats: one function for all values of a channel.
  record Channelwise(Value input, ChannelFunction function, Value output) implements Instruction {}

  /// Floats to floats: the maximum over each window.
  record MaxPool(Value input, SlidingWindow window, Value output) implements Instruction {}

  /// Floats to floats: the sum of two tensors of one shape.
  record Add(Value left, Value right, Value output) implements Instruction {}

  /// NCHW floats to NCHW floats: a function of the sums of a convolution of words and codes.
  ///
  /// @param node the convolution
  /// @param bias by output; not modified
  /// @param output of the last node that the function stands for
  @SuppressWarnings("ArrayRecordComponent") // shared, not compared
  record Lookup(
      Node node,
      Value input,
      CodebookWeights weights,
      float[] bias,
      SlidingWindow window,
      ChannelFunction function,
      Value output)
      implements Instruction {}

  /// The values that the instruction reads.
  default List<Value> inputs() {
    return switch (this) {
      case Subgraph subgraph -> subgraph.inputs;
      case Binarize each -> List.of(each.input);
      case Convolution each -> List.of(each.input);
      case ThresholdConvolution each -> List.of(each.input);
      case BitMaxPool each -> List.of(each.input);
      case Flatten each -> List.of(each.input);
      case ChannelShuffle each -> List.of(each.input);
      case Channelwise each -> List.of(each.input);
      case MaxPool each -> List.of(each.input);
      case Add each -> List.of(each.left, each.right);
      case Lookup each -> List.of(each.input);
    };
  }

  /// The values that the instruction computes.
  default List<Value> outputs() {
    return switch (this) {
      case Subgraph subgraph -> subgraph.outputs;
      case Binarize each -> List.of(each.output);
      case Convolution each -> List.of(each.output);
      case ThresholdConvolution each -> List.of(each.output);
      case BitMaxPool each -> List.of(each.output);
      case Flatten each -> List.of(each.output);
      case ChannelShuffle each -> List.of(each.output);
      case Channelwise each -> List.of(each.output);
      case MaxPool each -> List.of(each.output);
      case Add each -> List.of(each.output);
      case Lookup each -> List.of(each.output);
    };
  }
}
