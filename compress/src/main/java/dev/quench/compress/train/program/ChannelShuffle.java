// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/// `Reshape`, `Transpose`, `Reshape` that deal the channels of an image out among groups in turn
/// (Zhang et al., ShuffleNet, 2018), as one step that leaves channels last.
///
/// One by one they give another memory order, and each convolution and normalization behind them
/// has to restore it, forward and backward.
///
/// @param x `[N, C, H, W]`
/// @param y of the same shape
/// @param groups that the channels are split into
record ChannelShuffle(Value x, Value y, long groups) {
  private static final long[] SWAPPED_GROUPS = {0, 2, 1, 3, 4};
  private static final long[] CHANNELS_LAST = {0, 2, 3, 1};
  private static final long[] CHANNELS_FIRST = {0, 3, 1, 2};

  /// @param last the second `Reshape`
  static Optional<ChannelShuffle> endingIn(Node last) {
    return producer(last, "Transpose")
        .filter(swap -> Arrays.equals(swap.intsAttribute("perm").orElse(null), SWAPPED_GROUPS))
        .flatMap(swap -> producer(swap, "Reshape"))
        .flatMap(split -> of(split.input(0), split.output(0), last.output(0)));
  }

  private static Optional<Node> producer(Node node, String opType) {
    return node.input(0).producer().filter(producer -> producer.is(opType));
  }

  private static Optional<ChannelShuffle> of(Value x, Value split, Value y) {
    List<Dim> whole = dims(x);
    List<Dim> parts = dims(split);
    if (whole.size() != 4 || parts.size() != 5 || dims(y).size() != 4) {
      return Optional.empty();
    }
    List<Dim> image = whole.subList(1, 4);
    return image.equals(dims(y).subList(1, 4))
            && image.subList(1, 3).equals(parts.subList(3, 5))
            && image.stream().allMatch(Dim.Fixed.class::isInstance)
            && parts.get(1) instanceof Dim.Fixed(long groups)
            && parts.get(2) instanceof Dim.Fixed(long size)
            && whole.get(1).equals(Dim.of(groups * size))
        ? Optional.of(new ChannelShuffle(x, y, groups))
        : Optional.empty();
  }

  private static List<Dim> dims(Value value) {
    return value.shape().map(Shape::dims).orElse(List.of());
  }

  Operation compile(Slots slots) {
    int input = slots.of(x);
    int output = slots.of(y);
    return pass -> pass.set(output, shuffled(pass.get(input)));
  }

  private Tensor shuffled(Tensor image) {
    long batch = image.size(0);
    long channels = image.size(1);
    long height = image.size(2);
    long width = image.size(3);
    return image
        .permute(CHANNELS_LAST)
        .reshape(batch, height, width, groups, channels / groups)
        .transpose(3, 4)
        .reshape(batch, height, width, channels)
        .permute(CHANNELS_FIRST);
  }
}
