// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static dev.quench.graph.op.SchemaTable.since;

import dev.quench.graph.op.PartialValues.Element;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Operators that move elements without computing: transpose, repeat, pad, join, divide.
final class LayoutOps {
  private LayoutOps() {}

  static void register(SchemaTable table) {
    table.add("Transpose", since(1, 13, 21), "data -> transposed", "perm:is", LayoutOps::transpose);
    table.add("Expand", since(8, 13), "input shape -> output", "", LayoutOps::expand);
    table.add("Tile", since(6, 13), "input repeats -> output", "", LayoutOps::tile);
    registerPad(table);
    table.add("Concat", since(4, 11, 13), "inputs+ -> concat_result", "axis:i!", LayoutOps::concat);
    table.add("Split", since(2, 11), "input -> outputs+", "axis:i=0 split:is", LayoutOps::split);
    table.add("Split", since(13), "input split? -> outputs+", "axis:i=0", LayoutOps::split);
    table.add(
        "Split", since(18), "input split? -> outputs+", "axis:i=0 num_outputs:i", LayoutOps::split);
    table.add("DepthToSpace", since(1), "input -> output", "blocksize:i!", LayoutOps::depthToSpace);
    table.add(
        "DepthToSpace",
        since(11, 13),
        "input -> output",
        "blocksize:i! mode:s=DCR",
        LayoutOps::depthToSpace);
    table.add(
        "SpaceToDepth", since(1, 13), "input -> output", "blocksize:i!", LayoutOps::spaceToDepth);
    table.add("Trilu", since(14), "input k? -> output", "upper:i=1", NormalizationOps::keep);
    table.add(
        "ReverseSequence",
        since(10),
        "input sequence_lens -> Y",
        "batch_axis:i=1 time_axis:i=0",
        LayoutOps::reverseSequence);
  }

  private static void reverseSequence(InferenceContext c) {
    NormalizationOps.keep(c);
    long batch = c.integer("batch_axis");
    long time = c.integer("time_axis");
    if (batch < 0 || batch > 1 || time != 1 - batch) {
      throw c.problem(
          "attributes 'batch_axis' and 'time_axis' are %d and %d, expected 0 and 1 or 1 and 0"
              .formatted(batch, time));
    }
    if (c.known(0) && c.rank(0) < 2) {
      throw c.problem(0, "expected two axes or more");
    }
    if (c.known(1) && c.rank(1) != 1) {
      throw c.problem(1, "expected a vector, one length a sample");
    }
    if (c.known(0, 1)
        && c.shape(1).dim(0) instanceof Dim.Fixed(long lengths)
        && c.shape(0).dim((int) batch) instanceof Dim.Fixed(long samples)
        && lengths != samples) {
      throw c.problem(1, "has %d lengths, but there are %d samples".formatted(lengths, samples));
    }
  }

  private static void registerPad(SchemaTable table) {
    String mode = "mode:s=constant ";
    table.add("Pad", since(2), "data -> output", mode + "pads:is! value:f=0", LayoutOps::pad);
    table.add("Pad", since(11, 13), "data pads constant_value? -> output", mode, LayoutOps::pad);
    table.add(
        "Pad",
        since(18, 19, 21),
        "data pads constant_value? axes? -> output",
        mode,
        LayoutOps::pad);
  }

  private static void transpose(InferenceContext c) {
    c.copyType(0, 0);
    if (!c.known(0)) {
      return;
    }
    Shape x = c.shape(0);
    long[] order = c.ints("perm").orElse(new long[0]);
    if (order.length == 0) {
      c.setShape(0, x.dims().reversed());
      return;
    }
    boolean[] seen = new boolean[x.rank()];
    List<Dim> y = new ArrayList<>();
    for (long axis : order) {
      if (order.length != x.rank() || axis < 0 || axis >= x.rank() || seen[(int) axis]) {
        throw c.problem(
            "attribute 'perm' is %s, expected a permutation of the axes of shape %s"
                .formatted(Arrays.toString(order), x));
      }
      seen[(int) axis] = true;
      y.add(x.dim((int) axis));
    }
    c.setShape(0, y);
  }

  private static void expand(InferenceContext c) {
    c.copyType(0, 0);
    Optional<PartialValues> target = c.values(1);
    if (!c.known(0) || target.isEmpty()) {
      return;
    }
    Shape wanted = new Shape(target.get().elements().stream().map(PartialValues::asDim).toList());
    Shape y = Broadcast.of(c, List.of(c.shape(0), wanted));
    c.setShape(0, y);
    if (y.rank() == 1 && y.dim(0) instanceof Dim.Fixed(long n) && n <= PartialValues.MAX_ELEMENTS) {
      c.values(0)
          .filter(v -> v.size() == 1)
          .ifPresent(v -> c.setValues(0, PartialValues.repeated(v.get(0), (int) n)));
    }
  }

  private static void tile(InferenceContext c) {
    c.copyType(0, 0);
    if (!c.known(0)) {
      return;
    }
    Shape x = c.shape(0);
    Optional<PartialValues> repeats = c.values(1);
    if (repeats.isEmpty()) {
      c.setShape(0, Sizes.unknown(x.rank()));
      return;
    }
    if (repeats.get().size() != x.rank()) {
      throw c.problem(1, "%d repeats for input of shape %s".formatted(repeats.get().size(), x));
    }
    List<Dim> y = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      y.add(Sizes.times(x.dim(i), PartialValues.asDim(repeats.get().get(i))));
    }
    c.setShape(0, y);
  }

  private static void pad(InferenceContext c) {
    c.copyType(0, 0);
    if (!c.known(0)) {
      return;
    }
    Shape x = c.shape(0);
    Optional<long[]> axes = c.longs(3);
    Optional<long[]> pads = c.intsOrInput("pads", 1);
    if (pads.isEmpty() || (c.has(3) && axes.isEmpty())) {
      c.setShape(0, Sizes.unknown(x.rank()));
      return;
    }
    int padded = axes.map(a -> a.length).orElse(x.rank());
    if (pads.get().length != 2 * padded) {
      throw c.problem(
          "%d pads for %d axes, expected %d".formatted(pads.get().length, padded, 2 * padded));
    }
    List<Dim> y = Sizes.copyOf(x);
    for (int i = 0; i < padded; i++) {
      int axis = axes.isPresent() ? c.axis(axes.get()[i], x.rank()) : i;
      y.set(axis, Sizes.plus(y.get(axis), pads.get()[i] + pads.get()[i + padded]));
    }
    c.setShape(0, y);
  }

  private static void concat(InferenceContext c) {
    c.copyType(0, 0);
    joinValues(c);
    List<Dim> y = new ArrayList<>();
    int axis = 0;
    boolean all = true;
    for (int i = 0; i < c.inputCount(); i++) {
      if (!c.known(i)) {
        all = false;
        continue;
      }
      Shape x = c.shape(i);
      if (y.isEmpty()) {
        if (x.rank() == 0) {
          throw c.problem(i, "rank 0, expected 1 or more");
        }
        y = Sizes.copyOf(x);
        axis = c.axis(c.integer("axis"), x.rank());
        continue;
      }
      c.requireRank(i, y.size(), "like the inputs before it");
      for (int j = 0; j < y.size(); j++) {
        Dim dim =
            j == axis
                ? Sizes.plus(y.get(j), x.dim(j))
                : c.same(y.get(j), x.dim(j), i, "the size of axis " + j);
        y.set(j, dim);
      }
    }
    if (!y.isEmpty()) {
      if (!all) {
        y.set(axis, Dim.UNKNOWN);
      }
      c.setShape(0, y);
    }
  }

  /// Joins vectors; one of which only the length is known contributes that many unknown elements.
  private static void joinValues(InferenceContext c) {
    List<Element> joined = new ArrayList<>();
    for (int i = 0; i < c.inputCount(); i++) {
      Optional<PartialValues> known = c.values(i);
      if (known.isPresent()) {
        joined.addAll(known.get().elements());
      } else if (c.known(i)
          && c.rank(i) == 1
          && c.shape(i).dim(0) instanceof Dim.Fixed(long length)
          && length <= PartialValues.MAX_ELEMENTS) {
        joined.addAll(PartialValues.repeated(Element.UNKNOWN, (int) length).elements());
      } else {
        return;
      }
      if (joined.size() > PartialValues.MAX_ELEMENTS) {
        return;
      }
    }
    c.setValues(0, PartialValues.vector(joined));
  }

  private static void split(InferenceContext c) {
    int parts = c.outputCount();
    for (int i = 0; i < parts; i++) {
      c.copyType(0, i);
    }
    if (c.hasAttribute("num_outputs") && c.integer("num_outputs") != parts) {
      throw c.problem(
          "attribute 'num_outputs' is %d, but there are %d outputs"
              .formatted(c.integer("num_outputs"), parts));
    }
    if (!c.known(0)) {
      return;
    }
    Shape x = c.shape(0);
    int axis = c.axis(c.integer("axis"), x.rank());
    Optional<long[]> sizes = c.intsOrInput("split", 1);
    for (int i = 0; i < parts; i++) {
      c.setShape(i, x.with(axis, Dim.UNKNOWN));
    }
    if (sizes.isPresent()) {
      long[] given = sizes.get();
      long total = Arrays.stream(given).sum();
      if (given.length != parts
          || Arrays.stream(given).anyMatch(size -> size < 0)
          || (x.dim(axis) instanceof Dim.Fixed(long size) && size != total)) {
        throw c.problem(
            "split %s does not divide axis %d of shape %s into %d outputs"
                .formatted(Arrays.toString(given), axis, x, parts));
      }
      for (int i = 0; i < parts; i++) {
        c.setShape(i, x.with(axis, Dim.of(given[i])));
      }
    } else if (!c.isGiven("split", 1) && x.dim(axis) instanceof Dim.Fixed(long size)) {
      splitEvenly(c, x, axis, size);
    }
    splitValues(c);
  }

  /// The parts are equal but, from opset 18 on, for a smaller last one.
  private static void splitEvenly(InferenceContext c, Shape x, int axis, long size) {
    int parts = c.outputCount();
    boolean mayBeUneven = c.schema().sinceVersion() >= 18;
    if (size % parts != 0 && !mayBeUneven) {
      throw c.problem(
          0, "size %d at axis %d does not divide into %d outputs".formatted(size, axis, parts));
    }
    long part = Math.ceilDiv(size, (long) parts);
    for (int i = 0; i < parts; i++) {
      c.setShape(i, x.with(axis, Dim.of(Math.clamp(size - i * part, 0, part))));
    }
  }

  private static void splitValues(InferenceContext c) {
    Optional<PartialValues> values = c.values(0);
    if (values.isEmpty() || values.get().scalar()) {
      return;
    }
    int from = 0;
    for (int i = 0; i < c.outputCount(); i++) {
      if (!(c.outputShape(i).orElse(Shape.SCALAR) instanceof Shape(List<Dim> dims))
          || dims.size() != 1
          || !(dims.getFirst() instanceof Dim.Fixed(long size))
          || from + size > values.get().size()) {
        return;
      }
      int to = from + (int) size;
      c.setValues(i, PartialValues.vector(values.get().elements().subList(from, to)));
      from = to;
    }
  }

  private static void depthToSpace(InferenceContext c) {
    moveBlocks(c, true);
  }

  private static void spaceToDepth(InferenceContext c) {
    moveBlocks(c, false);
  }

  private static void moveBlocks(InferenceContext c, boolean toSpace) {
    c.copyType(0, 0);
    if (!c.known(0)) {
      return;
    }
    c.requireRank(0, 4, "[N, C, H, W]");
    long block = c.integer("blocksize");
    if (block < 1 || block > Short.MAX_VALUE) {
      throw c.problem("attribute 'blocksize' is " + block + ", expected 1 or more");
    }
    Shape x = c.shape(0);
    long area = block * block;
    c.setShape(
        0,
        toSpace
            ? Shape.of(
                x.dim(0),
                divided(c, x.dim(1), area),
                Sizes.times(x.dim(2), block),
                Sizes.times(x.dim(3), block))
            : Shape.of(
                x.dim(0),
                Sizes.times(x.dim(1), area),
                divided(c, x.dim(2), block),
                divided(c, x.dim(3), block)));
  }

  private static Dim divided(InferenceContext c, Dim dim, long divisor) {
    if (dim instanceof Dim.Fixed(long size) && size % divisor != 0) {
      throw c.problem(0, "size %d does not divide by %d".formatted(size, divisor));
    }
    return Sizes.over(dim, divisor);
  }
}
