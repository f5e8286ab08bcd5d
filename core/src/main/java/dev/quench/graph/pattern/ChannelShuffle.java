// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A channel shuffle (Zhang et al., ShuffleNet, 2018): an image `[N, C, H, W]` reshaped to `[N,
/// groups, C / groups, H, W]`, the two axes of its channels swapped, and reshaped back.
///
/// @param source `[N, C, H, W]`
/// @param result of the same shape
/// @param groups that the channels of the source are split into
public record ChannelShuffle(Value source, Value result, long groups) {
  private static final long[] SWAP = {0, 2, 1, 3, 4};

  /// Matches the shuffle that ends in a node, its second `Reshape`. Shapes must be inferred; sizes
  /// that are not known at all match nothing.
  public static Optional<ChannelShuffle> endingIn(Node last) {
    if (!last.is("Reshape")) {
      return Optional.empty();
    }
    return producer(last, "Transpose")
        .filter(swap -> Arrays.equals(swap.intsAttribute("perm").orElse(null), SWAP))
        .flatMap(swap -> producer(swap, "Reshape"))
        .flatMap(split -> of(split.input(0), split.output(0), last.output(0)));
  }

  private static Optional<Node> producer(Node node, String opType) {
    return node.input(0).producer().filter(producer -> producer.is(opType));
  }

  private static Optional<ChannelShuffle> of(Value source, Value split, Value result) {
    List<Dim> whole = dims(source);
    List<Dim> parts = dims(split);
    if (whole.size() != 4 || parts.size() != 5 || dims(result).size() != 4) {
      return Optional.empty();
    }
    // The sizes of samples are equal then, too.
    List<Dim> image = whole.subList(1, 4);
    return !image.contains(Dim.UNKNOWN)
            && image.equals(dims(result).subList(1, 4))
            && image.subList(1, 3).equals(parts.subList(3, 5))
            && parts.get(1) instanceof Dim.Fixed(long groups)
            && parts.get(2) instanceof Dim.Fixed(long size)
            && image.getFirst().equals(Dim.of(groups * size))
        ? Optional.of(new ChannelShuffle(source, result, groups))
        : Optional.empty();
  }

  private static List<Dim> dims(Value value) {
    return value.shape().map(Shape::dims).orElse(List.of());
  }
}
