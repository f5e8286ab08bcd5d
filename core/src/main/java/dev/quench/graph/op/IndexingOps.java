// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static dev.quench.graph.op.SchemaTable.since;

import dev.quench.graph.op.PartialValues.Element;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Operators that pick or place elements by index: slices, gathers, scatters, selections.
final class IndexingOps {
  private IndexingOps() {}

  static void register(SchemaTable table) {
    table.add(
        "Slice", since(1), "data -> output", "axes:is ends:is! starts:is!", IndexingOps::slice);
    table.add(
        "Slice",
        since(10, 11, 13),
        "data starts ends axes? steps? -> output",
        "",
        IndexingOps::slice);
    table.add(
        "Gather", since(1, 11, 13), "data indices -> output", "axis:i=0", IndexingOps::gather);
    table.add(
        "GatherElements",
        since(11, 13),
        "data indices -> output",
        "axis:i=0",
        c -> {
          atAxis(c);
          c.copyShape(1, 0);
        });
    table.add("GatherND", since(11), "data indices -> output", "", IndexingOps::gatherNd);
    table.add(
        "GatherND",
        since(12, 13),
        "data indices -> output",
        "batch_dims:i=0",
        IndexingOps::gatherNd);
    String scatter = "data indices updates -> output";
    InferenceRule atAxis = IndexingOps::atAxis;
    table.add("Scatter", since(9, 11), scatter, "axis:i=0", atAxis);
    table.add("ScatterElements", since(11, 13), scatter, "axis:i=0", atAxis);
    table.add("ScatterElements", since(16, 18), scatter, "axis:i=0 reduction:s=none", atAxis);
    table.add("ScatterND", since(11, 13), scatter, "", IndexingOps::scatterNd);
    table.add("ScatterND", since(16, 18), scatter, "reduction:s=none", IndexingOps::scatterNd);
    table.add(
        "OneHot", since(9, 11), "indices depth values -> output", "axis:i=-1", IndexingOps::oneHot);
    table.add("NonZero", since(9, 13), "X -> Y", "", IndexingOps::nonZero);
    table.add(
        "Compress", since(9, 11), "input condition -> output", "axis:i", IndexingOps::compress);
    table.add(
        "NonMaxSuppression",
        since(10, 11),
        "boxes scores max_output_boxes_per_class? iou_threshold? score_threshold? -> selected_indices",
        "center_point_box:i=0",
        c -> {
          c.setType(0, DataType.INT64);
          c.setShape(0, Shape.of(Dim.UNKNOWN, Dim.of(3)));
        });
  }

  /// The shape of input 0, of which one axis is picked from; all inputs have its rank.
  private static void atAxis(InferenceContext c) {
    NormalizationOps.keep(c);
    if (!c.known(0)) {
      return;
    }
    if (c.rank(0) == 0) {
      throw c.problem(0, "rank 0, expected 1 or more");
    }
    c.axis(c.integer("axis"), c.rank(0));
    for (int i = 1; i < c.inputCount(); i++) {
      if (c.known(i)) {
        c.requireRank(i, c.rank(0), "like input 0");
      }
    }
  }

  private static void slice(InferenceContext c) {
    c.copyType(0, 0);
    if (!c.known(0)) {
      return;
    }
    Shape x = c.shape(0);
    boolean attributes = c.schema().attributes().containsKey("starts");
    Optional<long[]> axes = slicedAxes(c, attributes);
    Optional<long[]> steps = attributes || !c.has(4) ? Optional.empty() : c.longs(4);
    Optional<PartialValues> starts =
        attributes ? c.ints("starts").map(IndexingOps::known) : c.values(1);
    Optional<PartialValues> ends =
        attributes ? c.ints("ends").map(IndexingOps::known) : c.values(2);
    boolean stepsUnknown = !attributes && c.has(4) && steps.isEmpty();
    if (axes.isEmpty()) {
      c.setShape(0, Sizes.unknown(x.rank()));
      return;
    }
    List<Dim> y = Sizes.copyOf(x);
    long[] sliced = axes.get();
    requireLength(c, "starts", starts, sliced.length);
    requireLength(c, "ends", ends, sliced.length);
    requireLength(c, "steps", steps.map(IndexingOps::known), sliced.length);
    for (int i = 0; i < sliced.length; i++) {
      int axis = c.axis(sliced[i], x.rank());
      if (starts.isEmpty() || ends.isEmpty() || stepsUnknown) {
        y.set(axis, Dim.UNKNOWN);
        continue;
      }
      long step = steps.isPresent() ? steps.get()[i] : 1;
      if (step == 0) {
        throw c.problem("a step is 0, expected a positive or negative one");
      }
      y.set(axis, sliced(x.dim(axis), starts.get().get(i), ends.get().get(i), step));
    }
    c.setShape(0, y);
    sliceValues(c, starts, ends, steps);
  }

  private static Optional<long[]> slicedAxes(InferenceContext c, boolean attributes) {
    boolean given = attributes ? c.hasAttribute("axes") : c.has(3);
    if (given) {
      return attributes ? c.ints("axes") : c.longs(3);
    }
    Optional<Integer> count =
        attributes
            ? c.ints("starts").map(starts -> starts.length)
            : c.values(1).map(PartialValues::size);
    return count.map(n -> {
      long[] axes = new long[n];
      Arrays.setAll(axes, i -> i);
      return axes;
    });
  }

  private static void requireLength(
      InferenceContext c, String what, Optional<PartialValues> values, int axes) {
    if (values.isPresent() && values.get().size() != axes) {
      throw c.problem(
          "%d %s for %d axes, expected as many".formatted(values.get().size(), what, axes));
    }
  }

  private static PartialValues known(long[] values) {
    List<Element> elements = new ArrayList<>();
    for (long value : values) {
      elements.add(new PartialValues.Known(value));
    }
    return PartialValues.vector(elements);
  }

  /// Size that a slice leaves of one axis.
  private static Dim sliced(Dim dim, Element from, Element to, long step) {
    if (dim instanceof Dim.Fixed(long size)
        && from instanceof PartialValues.Known(double first)
        && to instanceof PartialValues.Known(double last)) {
      return Dim.of(Range.of(size, (long) first, (long) last, step).count());
    }
    boolean fromStart = from instanceof PartialValues.Known(double first) && first == 0;
    if (!fromStart || step != 1) {
      return Dim.UNKNOWN;
    }
    // From the start to far beyond any end, or to the size of the axis: everything.
    boolean toEnd =
        to instanceof PartialValues.Known(double last)
            ? last >= Integer.MAX_VALUE
            : to instanceof PartialValues.Size(Dim.Symbolic own) && own.equals(dim);
    return toEnd ? dim : Dim.UNKNOWN;
  }

  /// The indices that a slice visits: `first`, `first + step`, … `count` of them.
  private record Range(long first, long step, long count) {
    static Range of(long size, long start, long end, long step) {
      long first = start < 0 ? start + size : start;
      long last = end < 0 ? end + size : end;
      if (step > 0) {
        first = Math.clamp(first, 0, size);
        last = Math.clamp(last, 0, size);
        return new Range(first, step, Math.max(0, Math.ceilDiv(last - first, step)));
      }
      first = Math.clamp(first, -1, size - 1);
      last = Math.clamp(last, -1, size - 1);
      return new Range(first, step, Math.max(0, Math.ceilDiv(last - first, step)));
    }
  }

  private static void sliceValues(
      InferenceContext c,
      Optional<PartialValues> starts,
      Optional<PartialValues> ends,
      Optional<long[]> steps) {
    Optional<PartialValues> x = c.values(0).filter(v -> !v.scalar());
    Optional<long[]> from = starts.flatMap(PartialValues::longs).filter(v -> v.length == 1);
    Optional<long[]> to = ends.flatMap(PartialValues::longs).filter(v -> v.length == 1);
    boolean stepKnown = steps.isPresent() || !c.has(4);
    if (x.isEmpty() || from.isEmpty() || to.isEmpty() || !stepKnown) {
      return;
    }
    long step = steps.map(s -> s[0]).orElse(1L);
    Range range = Range.of(x.get().size(), from.get()[0], to.get()[0], step);
    List<Element> picked = new ArrayList<>();
    for (long i = 0; i < range.count(); i++) {
      picked.add(x.get().get((int) (range.first() + i * range.step())));
    }
    c.setValues(0, PartialValues.vector(picked));
  }

  private static void gather(InferenceContext c) {
    c.copyType(0, 0);
    if (!c.known(0, 1)) {
      return;
    }
    Shape x = c.shape(0);
    if (x.rank() == 0) {
      throw c.problem(0, "rank 0, expected 1 or more");
    }
    int axis = c.axis(c.integer("axis"), x.rank());
    List<Dim> y = new ArrayList<>(x.dims().subList(0, axis));
    y.addAll(c.shape(1).dims());
    y.addAll(x.dims().subList(axis + 1, x.rank()));
    c.setShape(0, y);
    Optional<PartialValues> data = c.values(0).filter(v -> !v.scalar());
    Optional<PartialValues> indices = c.values(1);
    if (data.isPresent() && indices.isPresent()) {
      List<Element> picked =
          indices.get().elements().stream().map(index -> pick(c, data.get(), index)).toList();
      c.setValues(0, new PartialValues(picked, indices.get().scalar()));
    }
  }

  private static Element pick(InferenceContext c, PartialValues data, Element index) {
    if (!(index instanceof PartialValues.Known(double number))) {
      return Element.UNKNOWN;
    }
    long at = number < 0 ? (long) number + data.size() : (long) number;
    if (at < 0 || at >= data.size()) {
      throw c.problem(
          1, "index %d is outside the %d elements".formatted((long) number, data.size()));
    }
    return data.get((int) at);
  }

  private static void gatherNd(InferenceContext c) {
    c.copyType(0, 0);
    if (!c.known(0, 1)) {
      return;
    }
    Shape indices = c.shape(1);
    long batch = c.integer("batch_dims");
    if (batch < 0 || batch >= Math.min(c.rank(0), indices.rank())) {
      throw c.problem(
          "%d batch axes for data of rank %d and indices of rank %d"
              .formatted(batch, c.rank(0), indices.rank()));
    }
    if (!(indices.dim(-1) instanceof Dim.Fixed(long depth))) {
      return;
    }
    if (depth > c.rank(0) - batch) {
      throw c.problem(
          1,
          "index tuples of %d for data of rank %d and %d batch axes"
              .formatted(depth, c.rank(0), batch));
    }
    List<Dim> y = new ArrayList<>(indices.dims().subList(0, indices.rank() - 1));
    y.addAll(c.shape(0).dims().subList((int) (batch + depth), c.rank(0)));
    c.setShape(0, y);
  }

  /// The last axis of the indices names places in as many leading axes of the data; an update is
  /// what lies there.
  private static void scatterNd(InferenceContext c) {
    NormalizationOps.keep(c);
    if (!c.known(0, 1)) {
      return;
    }
    Shape data = c.shape(0);
    Shape indices = c.shape(1);
    if (indices.rank() == 0) {
      throw c.problem(1, "has no axes, expected one or more");
    }
    if (!(indices.dim(indices.rank() - 1) instanceof Dim.Fixed(long depth))) {
      return;
    }
    if (depth < 1 || depth > data.rank()) {
      throw c.problem(
          1,
          "its last axis is %d, expected 1 to %d axes of the data".formatted(depth, data.rank()));
    }
    List<Dim> update = new ArrayList<>(indices.dims().subList(0, indices.rank() - 1));
    update.addAll(data.dims().subList((int) depth, data.rank()));
    if (c.known(2) && !mayBe(c.shape(2), update)) {
      throw c.problem(2, "expected shape " + new Shape(update));
    }
  }

  private static boolean mayBe(Shape shape, List<Dim> expected) {
    if (shape.rank() != expected.size()) {
      return false;
    }
    for (int i = 0; i < shape.rank(); i++) {
      if (shape.dim(i) instanceof Dim.Fixed(long size)
          && expected.get(i) instanceof Dim.Fixed(long other)
          && size != other) {
        return false;
      }
    }
    return true;
  }

  private static void oneHot(InferenceContext c) {
    c.copyType(2, 0);
    if (c.known(2)) {
      c.requireRank(2, 1, "[off, on]");
      c.same(Dim.of(2), c.shape(2).dim(0), 2, "the number of values");
    }
    if (!c.known(0)) {
      return;
    }
    Dim depth =
        c.values(1)
            .filter(v -> v.size() == 1)
            .map(v -> PartialValues.asDim(v.get(0)))
            .orElse(Dim.UNKNOWN);
    List<Dim> y = Sizes.copyOf(c.shape(0));
    y.add(c.axis(c.integer("axis"), y.size() + 1), depth);
    c.setShape(0, y);
  }

  private static void nonZero(InferenceContext c) {
    c.setType(0, DataType.INT64);
    if (!c.known(0)) {
      return;
    }
    Dim count = Dim.UNKNOWN;
    Optional<Tensor> constant = c.constant(0);
    if (constant.isPresent() && constant.get().elements() <= PartialValues.MAX_ELEMENTS) {
      count =
          PartialValues.of(constant.get().reshape(Shape.of(constant.get().elements())))
              .map(v -> v.elements().stream().filter(e -> !isZero(e)).count())
              .map(Dim::of)
              .orElse(Dim.UNKNOWN);
    }
    c.setShape(0, Shape.of(Dim.of(c.rank(0)), count));
  }

  private static boolean isZero(Element element) {
    return element instanceof PartialValues.Known(double value) && value == 0;
  }

  private static void compress(InferenceContext c) {
    c.copyType(0, 0);
    if (!c.hasAttribute("axis")) {
      c.setShape(0, Shape.of(Dim.UNKNOWN));
    } else if (c.known(0)) {
      c.setShape(0, c.shape(0).with(c.axis(c.integer("axis"), c.rank(0)), Dim.UNKNOWN));
    }
  }
}
