// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Value;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.WeightPanels;
import dev.quench.xnor.kernel.Window;
import org.jspecify.annotations.Nullable;

/// What a node does when it does not run in ONNX Runtime. Each has one output.
public sealed interface Role {
  /// Turns real values into bits.
  record Sign(Value source) implements Role {}

  /// A convolution or dense layer of bits with binary or ternary weights.
  ///
  /// @param window null for a dense layer, whose window is the whole input
  /// @param bias what follows the sums within the same node
  record Layer(Value source, WeightPanels weights, @Nullable Window window, ChannelFunction bias)
      implements Role {}

  /// The maximum over windows of bits.
  record BitPool(Value source, Window window) implements Role {}

  /// The same bits under another shape, for a dense layer.
  record Flatten(Value source) implements Role {}

  /// Channels of bits in another order.
  record Shuffle(Value source, int groups) implements Role {}

  /// The same function for all real values of a channel.
  record Apply(Value source, ChannelFunction function) implements Role {}

  /// The maximum over windows of real values.
  record RealPool(Value source, Window window) implements Role {}

  /// The sum of two tensors of real values of one shape.
  record Sum(Value left, Value right) implements Role {}
}
