// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.plan;

import dev.quench.graph.Value;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.recognize.Instruction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A convolution and the chain of instructions up to a sign: channelwise functions and at most one
/// pooling, each the only reader of the one before.
///
/// @param function of the sums, without the pooling
/// @param window of the pooling; null without pooling
/// @param functionAfterPooling the part of `function` after the pooling; all of it without pooling
/// @param followers the instructions after the convolution
/// @param output of the last follower
record SignChain(
    ChannelFunction function,
    @Nullable SlidingWindow window,
    ChannelFunction functionAfterPooling,
    List<Instruction> followers,
    Value output) {
  /// The chain that starts at `convolution`, if it ends in a sign.
  static Optional<SignChain> of(Instruction.Convolution convolution, Readers readers) {
    ChannelFunction bias = convolution.function();
    SignChain chain = new SignChain(bias, null, bias, List.of(), convolution.output());
    while (true) {
      Instruction next = readers.only(chain.output).orElse(null);
      switch (next) {
        case Instruction.Channelwise channelwise -> chain = chain.then(channelwise);
        case Instruction.MaxPool pool -> {
          if (chain.window != null) {
            return Optional.empty();
          }
          chain = chain.then(pool);
        }
        case Instruction.Binarize sign -> {
          return Optional.of(chain.then(sign));
        }
        case null, default -> {
          return Optional.empty();
        }
      }
    }
  }

  private SignChain then(Instruction.Channelwise next) {
    return new SignChain(
        function.then(next.function()),
        window,
        functionAfterPooling.then(next.function()),
        with(next),
        next.output());
  }

  private SignChain then(Instruction.MaxPool next) {
    ChannelFunction identity = ChannelFunction.identity(function.channels());
    return new SignChain(function, next.window(), identity, with(next), next.output());
  }

  private SignChain then(Instruction.Binarize next) {
    return new SignChain(function, window, functionAfterPooling, with(next), next.output());
  }

  private List<Instruction> with(Instruction next) {
    List<Instruction> longer = new ArrayList<>(followers);
    longer.add(next);
    return List.copyOf(longer);
  }
}
