// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.program.OperationTable.NodeCompiler;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.ChannelShuffle;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// Operators that move elements.
final class LayoutOperations {
  private static final long[] CHANNELS_LAST = {0, 2, 3, 1};
  private static final long[] CHANNELS_FIRST = {0, 3, 1, 2};

  private LayoutOperations() {}

  static void register(Map<String, NodeCompiler> table) {
    table.put("Concat", LayoutOperations::concat);
    table.put("Reshape", LayoutOperations::reshape);
    table.put("Flatten", LayoutOperations::flatten);
    table.put("Transpose", LayoutOperations::transpose);
    table.put("Squeeze", LayoutOperations::squeeze);
    table.put("Unsqueeze", LayoutOperations::unsqueeze);
    table.put("Cast", LayoutOperations::cast);
  }

  private static Operation map(Node node, Slots slots, UnaryOperator<Tensor> function) {
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> pass.set(y, function.apply(pass.get(x)));
  }

  private static Operation concat(Node node, Slots slots) {
    long axis = node.intAttribute("axis", 1);
    int[] parts = node.inputs().stream().mapToInt(slots::of).toArray();
    int y = slots.output(node);
    return pass -> {
      Tensor[] tensors = Arrays.stream(parts).mapToObj(pass::get).toArray(Tensor[]::new);
      pass.set(y, torch.cat(new TensorVector(tensors), axis));
    };
  }

  private static Operation reshape(Node node, Slots slots) {
    Optional<ChannelShuffle> shuffle = ChannelShuffle.endingIn(node);
    if (shuffle.isPresent()) {
      return shuffle(shuffle.get(), slots);
    }
    boolean keepZero = node.intAttribute("allowzero", 0) != 0;
    long[] target = constants(node, 1).orElseGet(() -> inferred(node));
    boolean keepSamples = keepsSamples(node, target);
    return map(
        node,
        slots,
        x -> {
          long[] sizes = target.clone();
          for (int i = 0; i < sizes.length; i++) {
            if ((sizes[i] == 0 && !keepZero) || (i == 0 && keepSamples)) {
              sizes[i] = x.size(i);
            }
          }
          return x.reshape(sizes);
        });
  }

  /// Whether a constant shape repeats the number of samples that the model was made for.
  private static boolean keepsSamples(Node node, long[] target) {
    Shape from = node.input(0).shape().orElse(Shape.SCALAR);
    return target.length > 0
        && from.rank() > 0
        && from.dim(0) instanceof Dim.Fixed(long samples)
        && samples == target[0];
  }

  /// One by one, the nodes of a shuffle give another memory order, which each convolution and
  /// normalization behind them has to restore, forward and backward. This leaves channels last.
  private static Operation shuffle(ChannelShuffle shuffle, Slots slots) {
    int x = slots.of(shuffle.source());
    int y = slots.of(shuffle.result());
    return pass -> pass.set(y, shuffled(pass.get(x), shuffle.groups()));
  }

  private static Tensor shuffled(Tensor image, long groups) {
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

  /// The inferred target shape, with −1 for at most one unknown size, which follows from the
  /// element count.
  private static long[] inferred(Node node) {
    Optional<Shape> shape = node.output(0).shape();
    long[] sizes =
        shape.stream()
            .flatMap(known -> known.dims().stream())
            .mapToLong(dim -> dim instanceof Dim.Fixed(long size) ? size : -1)
            .toArray();
    if (shape.isEmpty() || Arrays.stream(sizes).filter(size -> size < 0).count() > 1) {
      throw new UnsupportedOperatorException(
          node, "its target shape is computed and cannot be inferred; make it a constant");
    }
    return sizes;
  }

  private static Operation flatten(Node node, Slots slots) {
    long axis = node.intAttribute("axis", 1);
    return map(node, slots, x -> asMatrix(x, axis));
  }

  /// Reshapes x to a matrix: axes before `axis` become rows, the others columns.
  static Tensor asMatrix(Tensor x, long axis) {
    long first = axis < 0 ? axis + x.dim() : axis;
    long rows = 1;
    for (long i = 0; i < first; i++) {
      rows *= x.size(i);
    }
    return x.reshape(rows, -1);
  }

  private static Operation transpose(Node node, Slots slots) {
    Optional<long[]> order = node.intsAttribute("perm");
    return map(node, slots, x -> x.permute(order.orElseGet(() -> reversed(x))));
  }

  private static long[] reversed(Tensor x) {
    long[] order = new long[Math.toIntExact(x.dim())];
    for (int i = 0; i < order.length; i++) {
      order[i] = order.length - 1L - i;
    }
    return order;
  }

  private static Operation squeeze(Node node, Slots slots) {
    Optional<long[]> axes = axes(node);
    return map(node, slots, x -> axes.isPresent() ? x.squeeze(axes.get()) : x.squeeze());
  }

  private static Operation unsqueeze(Node node, Slots slots) {
    long[] axes =
        axes(node)
            .orElseThrow(() ->
                new UnsupportedOperatorException(
                    node, "its axes are missing or computed, expected constants"));
    return map(
        node,
        slots,
        x -> {
          long rank = x.dim() + axes.length;
          long[] ordered = Arrays.stream(axes).map(a -> a < 0 ? a + rank : a).sorted().toArray();
          Tensor y = x;
          for (long axis : ordered) {
            y = y.unsqueeze(axis);
          }
          return y;
        });
  }

  private static Operation cast(Node node, Slots slots) {
    if (node.intAttribute("to", 0) != DataType.FLOAT.onnxCode()) {
      throw new UnsupportedOperatorException(node, "the trainer supports only casts to FLOAT");
    }
    return map(node, slots, torch::alias);
  }

  private static Optional<long[]> axes(Node node) {
    return constants(node, 1).or(() -> node.intsAttribute("axes"));
  }

  static Optional<long[]> constants(Node node, int index) {
    Value input = node.input(index);
    return input.isAbsent()
        ? Optional.empty()
        : input.constant().map(dev.quench.tensor.Tensor::toLongs);
  }
}
