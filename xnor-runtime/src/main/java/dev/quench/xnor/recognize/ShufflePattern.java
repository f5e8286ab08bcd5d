// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.Match;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Recognizes a channel shuffle of signs: `[N, C, H, W]` reshaped to `[N, groups, C / groups, H,
/// W]`, the two axes of the channels swapped, and reshaped back.
final class ShufflePattern {
  private static final long[] SWAP = {0, 2, 1, 3, 4};

  private ShufflePattern() {}

  /// Matches the pattern that ends in this `Reshape`.
  static Match<Recognized> of(Node node, Activations activations) {
    Optional<Node> swap = node.input(0).producer().filter(before -> before.is("Transpose"));
    Optional<Node> split =
        swap.flatMap(transpose -> transpose.input(0).producer())
            .filter(before -> before.is("Reshape"));
    if (!node.is("Reshape")
        || split.isEmpty()
        || !Arrays.equals(swap.get().intsAttribute("perm").orElse(null), SWAP)) {
      return Match.absent();
    }
    Value source = split.get().input(0);
    Activation.Signs signs = activations.signs(source);
    Optional<Shape> whole = source.shape();
    Optional<Shape> parts = split.get().output(0).shape();
    if (signs == null
        || whole.isEmpty()
        || parts.isEmpty()
        || whole.get().rank() != 4
        || parts.get().rank() != 5
        || whole.get().dims().contains(Dim.UNKNOWN)
        || !whole.equals(node.output(0).shape())
        || !isSplit(whole.get().dims(), parts.get().dims())
        || !(parts.get().dim(1) instanceof Dim.Fixed(long groups))) {
      return Match.absent();
    }
    return Match.found(
        new Recognized(
            new Instruction.ChannelShuffle(source, Math.toIntExact(groups), node.output(0)),
            signs));
  }

  private static boolean isSplit(List<Dim> whole, List<Dim> parts) {
    return whole.get(1) instanceof Dim.Fixed(long channels)
        && parts.get(1) instanceof Dim.Fixed(long groups)
        && parts.get(2) instanceof Dim.Fixed(long each)
        && groups * each == channels
        && parts.get(0).equals(whole.get(0))
        && parts.subList(3, 5).equals(whole.subList(2, 4));
  }
}
