// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.program.OperationTable.NodeCompiler;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// Operators that choose, repeat or rearrange elements by constant indices.
final class IndexOperations {
  private static final List<String> PAD_MODES = List.of("constant", "reflect", "edge", "wrap");

  private IndexOperations() {}

  static void register(Map<String, NodeCompiler> table) {
    table.put("Split", IndexOperations::split);
    table.put("Slice", IndexOperations::slice);
    table.put("Gather", IndexOperations::gather);
    table.put("Pad", IndexOperations::pad);
    table.put("Expand", IndexOperations::expand);
    table.put("DepthToSpace", IndexOperations::depthToSpace);
    table.put("SpaceToDepth", IndexOperations::spaceToDepth);
  }

  private static Operation split(Node node, Slots slots) {
    long axis = node.intAttribute("axis", 0);
    Optional<long[]> sizes =
        LayoutOperations.constants(node, 1).or(() -> node.intsAttribute("split"));
    if (sizes.isEmpty() && node.input(1).isPresent()) {
      throw new UnsupportedOperatorException(node, "its sizes are computed, expected constants");
    }
    int x = slots.input(node, 0);
    int[] parts = node.outputs().stream().mapToInt(slots::of).toArray();
    return pass -> {
      Tensor input = pass.get(x);
      long[] lengths = sizes.orElseGet(() -> evenly(input.size(axis), parts.length));
      TensorVector pieces = input.split_with_sizes(lengths, axis);
      for (int i = 0; i < parts.length; i++) {
        pass.set(parts[i], pieces.get(i));
      }
    };
  }

  private static long[] evenly(long size, int parts) {
    long each = Math.ceilDiv(size, parts);
    return LongStream.range(0, parts).map(i -> Math.min(each, size - i * each)).toArray();
  }

  private static Operation slice(Node node, Slots slots) {
    long[] starts = required(node, 1, "starts");
    long[] ends = required(node, 2, "ends");
    long[] axes =
        node.input(3).isPresent() || node.attribute("axes").isPresent()
            ? required(node, 3, "axes")
            : LongStream.range(0, starts.length).toArray();
    long[] steps =
        node.input(4).isPresent()
            ? required(node, 4, "steps")
            : LayerOperations.ones(starts.length);
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> {
      Tensor result = pass.get(x);
      for (int i = 0; i < axes.length; i++) {
        result = slice(result, axes[i], starts[i], ends[i], steps[i]);
      }
      pass.set(y, result);
    };
  }

  private static Tensor slice(Tensor x, long axis, long start, long end, long step) {
    if (step > 0) {
      return x.slice(axis, new LongOptional(start), new LongOptional(end), step);
    }
    long size = x.size(axis);
    long first = Math.clamp(start < 0 ? start + size : start, 0, size - 1);
    long last = Math.clamp(end < 0 ? end + size : end, -1, size - 1);
    return x.flip(axis)
        .slice(axis, new LongOptional(size - 1 - first), new LongOptional(size - 1 - last), -step);
  }

  private static long[] required(Node node, int index, String name) {
    return LayoutOperations.constants(node, index)
        .or(() -> node.intsAttribute(name))
        .orElseThrow(() ->
            new UnsupportedOperatorException(
                node, "its %s are missing or computed, expected constants".formatted(name)));
  }

  private static Operation gather(Node node, Slots slots) {
    long axis = node.intAttribute("axis", 0);
    dev.quench.tensor.Tensor constant =
        node.input(1)
            .constant()
            .orElseThrow(() ->
                new UnsupportedOperatorException(
                    node, "its indices are computed, expected constants"));
    long[] indices = constant.toLongs();
    long[] shape = constant.shape().sizes();
    int x = slots.input(node, 0);
    int at = slots.input(node, 1);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.get(x);
      long along = axis < 0 ? axis + input.dim() : axis;
      long size = input.size(along);
      for (long index : indices) {
        if (index < -size || index >= size) {
          throw new IllegalArgumentException(
              "index %d is outside of axis %d of %d elements".formatted(index, along, size));
        }
      }
      if (shape.length == 0) {
        pass.set(y, input.select(along, indices[0]));
        return;
      }
      Tensor flat = pass.get(at).to(ScalarType.Long).reshape(-1);
      Tensor wrapped = flat.remainder(new Scalar(size));
      Tensor chosen = input.index_select(along, wrapped);
      pass.set(y, shape.length == 1 ? chosen : chosen.reshape(inserted(input, along, shape)));
    };
  }

  /// The sizes of x with those of the indices in place of one axis.
  private static long[] inserted(Tensor x, long axis, long[] shape) {
    long[] sizes = LayerOperations.sizesFrom(x, 0);
    int at = Math.toIntExact(axis);
    return LongStream.concat(
            LongStream.concat(Arrays.stream(sizes, 0, at), Arrays.stream(shape)),
            Arrays.stream(sizes, at + 1, sizes.length))
        .toArray();
  }

  private static Operation pad(Node node, Slots slots) {
    long[] pads = required(node, 1, "pads");
    Optional<long[]> axes =
        node.input(3).isAbsent() ? Optional.empty() : Optional.of(required(node, 3, "axes"));
    double value =
        node.input(2).isAbsent()
            ? node.floatAttribute("value", 0)
            : node.input(2)
                .constant()
                .orElseThrow(() ->
                    new UnsupportedOperatorException(
                        node, "its value is computed, expected a constant"))
                .doubleAt(0);
    String mode = node.textAttribute("mode", "constant");
    if (!PAD_MODES.contains(mode)) {
      throw new UnsupportedOperatorException(
          node, "its mode is '%s', expected one of %s".formatted(mode, PAD_MODES));
    }
    boolean constant = mode.equals("constant");
    if (!constant && Arrays.stream(pads).anyMatch(pad -> pad < 0)) {
      throw new UnsupportedOperatorException(
          node, "it cuts elements off (negative pads) in mode '%s'".formatted(mode));
    }
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.get(x);
      Padding padding = padding(pads, axes, Math.toIntExact(input.dim()));
      pass.set(
          y, constant ? padding.apply(input, new Scalar(value)) : repeated(input, padding, mode));
    };
  }

  private static Padding padding(long[] pads, Optional<long[]> axes, int rank) {
    long[] begin = new long[rank];
    long[] end = new long[rank];
    int count = pads.length / 2;
    for (int i = 0; i < count; i++) {
      long axis = axes.isPresent() ? axes.get()[i] : i;
      int at = Math.toIntExact(axis < 0 ? axis + rank : axis);
      begin[at] = pads[i];
      end[at] = pads[i + count];
    }
    return new Padding(begin, end);
  }

  private static Tensor repeated(Tensor x, Padding padding, String mode) {
    Tensor padded = x;
    for (int axis = 0; axis < padding.begin().length; axis++) {
      long size = x.size(axis);
      long before = padding.begin()[axis];
      long after = padding.end()[axis];
      if (before == 0 && after == 0) {
        continue;
      }
      if (mode.equals("reflect") && Math.max(before, after) >= size) {
        throw new IllegalArgumentException(
            "it reflects %d elements of axis %d, expected less than its %d"
                .formatted(Math.max(before, after), axis, size));
      }
      LongUnaryOperator source =
          switch (mode) {
            case "reflect" -> at -> size - 1 - Math.abs(size - 1 - Math.abs(at));
            case "wrap" -> at -> Math.floorMod(at, size);
            default -> at -> Math.clamp(at, 0, size - 1);
          };
      long[] taken = LongStream.range(-before, size + after).map(source).toArray();
      Tensor indices = Tensor.create(taken, taken.length).to(x.device(), ScalarType.Long);
      padded = padded.index_select(axis, indices);
    }
    return padded;
  }

  private static Operation expand(Node node, Slots slots) {
    long[] target = LayoutOperations.constants(node, 1).orElseGet(() -> inferred(node));
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.get(x);
      long[] own = LayerOperations.sizesFrom(input, 0);
      long[] sizes = new long[Math.max(own.length, target.length)];
      for (int i = 1; i <= sizes.length; i++) {
        long wanted = i <= target.length ? target[target.length - i] : 1;
        long present = i <= own.length ? own[own.length - i] : 1;
        long size = wanted < 0 ? pass.batch() : wanted;
        sizes[sizes.length - i] = size == 1 ? present : size;
      }
      pass.set(y, input.expand(sizes));
    };
  }

  /// The inferred shape, with −1 for the batch.
  private static long[] inferred(Node node) {
    Shape shape =
        node.output(0)
            .shape()
            .filter(known ->
                known.rank() > 0
                    && known.dims().stream().skip(1).allMatch(dim -> dim instanceof Dim.Fixed))
            .orElseThrow(() ->
                new UnsupportedOperatorException(
                    node, "its shape is computed and cannot be inferred; make it a constant"));
    return shape.dims().stream()
        .mapToLong(dim -> dim instanceof Dim.Fixed(long size) ? size : -1)
        .toArray();
  }

  private static Operation depthToSpace(Node node, Slots slots) {
    long block = node.intAttribute("blocksize", 1);
    boolean blockFirst = node.textAttribute("mode", "DCR").equals("DCR");
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.get(x);
      long batch = input.size(0);
      long channels = input.size(1) / (block * block);
      long height = input.size(2);
      long width = input.size(3);
      Tensor ordered =
          blockFirst
              ? input
                  .reshape(batch, block, block, channels, height, width)
                  .permute(0, 3, 4, 1, 5, 2)
              : input
                  .reshape(batch, channels, block, block, height, width)
                  .permute(0, 1, 4, 2, 5, 3);
      pass.set(y, ordered.reshape(batch, channels, height * block, width * block));
    };
  }

  private static Operation spaceToDepth(Node node, Slots slots) {
    long block = node.intAttribute("blocksize", 1);
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.get(x);
      long batch = input.size(0);
      long channels = input.size(1);
      long height = input.size(2) / block;
      long width = input.size(3) / block;
      pass.set(
          y,
          input
              .reshape(batch, channels, height, block, width, block)
              .permute(0, 3, 5, 1, 2, 4)
              .reshape(batch, channels * block * block, height, width));
    };
  }
}
