// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Node;
import dev.quench.graph.pattern.ChannelShuffle;
import dev.quench.graph.pattern.Match;
import java.util.Optional;

/// Recognizes a channel shuffle of signs.
final class ShufflePattern {
  private ShufflePattern() {}

  /// Matches the pattern that ends in this `Reshape`.
  static Match<Recognized> of(Node node, Activations activations) {
    Optional<ChannelShuffle> shuffle = ChannelShuffle.endingIn(node);
    if (shuffle.isEmpty()) {
      return Match.absent();
    }
    Activation.Signs signs = activations.signs(shuffle.get().source());
    return signs == null
        ? Match.absent()
        : Match.found(new Recognized(instruction(shuffle.get()), signs));
  }

  private static Instruction instruction(ChannelShuffle shuffle) {
    return new Instruction.ChannelShuffle(
        shuffle.source(), Math.toIntExact(shuffle.groups()), shuffle.result());
  }
}
