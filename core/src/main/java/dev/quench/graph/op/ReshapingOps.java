// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static dev.quench.graph.op.SchemaTable.since;

import dev.quench.graph.op.PartialValues.Element;
import dev.quench.graph.op.PartialValues.Known;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// Operators that give the same elements in the same order another shape.
final class ReshapingOps {
  private ReshapingOps() {}

  static void register(SchemaTable table) {
    table.add("Reshape", since(5, 13), "data shape -> reshaped", "", ReshapingOps::reshape);
    table.add(
        "Reshape",
        since(14, 19, 21),
        "data shape -> reshaped",
        "allowzero:i=0",
        ReshapingOps::reshape);
    table.add(
        "Flatten", since(1, 9, 11, 13, 21), "input -> output", "axis:i=1", ReshapingOps::flatten);
    table.add("Squeeze", since(1, 11), "data -> squeezed", "axes:is", ReshapingOps::squeeze);
    table.add("Squeeze", since(13, 21), "data axes? -> squeezed", "", ReshapingOps::squeeze);
    table.add("Unsqueeze", since(1, 11), "data -> expanded", "axes:is!", ReshapingOps::unsqueeze);
    table.add("Unsqueeze", since(13, 21), "data axes -> expanded", "", ReshapingOps::unsqueeze);
  }

  private static void reshape(InferenceContext c) {
    c.copyType(0, 0);
    Optional<PartialValues> target = c.values(1);
    if (target.isEmpty()) {
      if (c.known(1) && c.rank(1) == 1 && c.shape(1).dim(0) instanceof Dim.Fixed(long rank)) {
        c.setShape(0, Sizes.unknown(Math.clamp(rank, 0, PartialValues.MAX_ELEMENTS)));
      }
      return;
    }
    List<Dim> dims = new ArrayList<>();
    int free = -1;
    for (int i = 0; i < target.get().size(); i++) {
      Element element = target.get().get(i);
      if (!(element instanceof Known(double value)) || value > 0) {
        dims.add(PartialValues.asDim(element));
      } else if (value == 0) {
        dims.add(c.flag("allowzero") ? Dim.of(0) : copied(c, i));
      } else if (value == -1 && free < 0) {
        free = i;
        dims.add(Dim.UNKNOWN);
      } else {
        throw c.problem(
            1, "%s, expected sizes, 0 and at most one -1".formatted(render(target.get())));
      }
    }
    if (c.known(0)) {
      if (free >= 0) {
        List<Dim> others = new ArrayList<>(dims);
        others.remove(free);
        dims.set(free, freeSize(c, others));
      } else {
        completeOne(c.shape(0), dims);
        checkElements(c, new Shape(dims));
      }
    }
    c.setShape(0, dims);
    if (dims.size() <= 1) {
      boolean scalar = dims.isEmpty();
      c.values(0)
          .filter(v -> !scalar || v.size() == 1)
          .ifPresent(v -> c.setValues(0, new PartialValues(v.elements(), scalar)));
    }
  }

  private static Dim copied(InferenceContext c, int axis) {
    if (!c.known(0)) {
      return Dim.UNKNOWN;
    }
    if (axis >= c.rank(0)) {
      throw c.problem(
          1, "0 at axis %d copies a size that input of shape %s lacks".formatted(axis, c.shape(0)));
    }
    return c.shape(0).dim(axis);
  }

  private static Dim freeSize(InferenceContext c, List<Dim> others) {
    Shape x = c.shape(0);
    Dim size = Sizes.quotient(x.dims(), others);
    boolean fixed = x.isStatic() && others.stream().allMatch(Dim.Fixed.class::isInstance);
    if (fixed
        && size instanceof Dim.Unknown
        && !others.contains(Dim.of(0))
        && Sizes.product(x.dims()) instanceof Dim.Fixed) {
      throw c.problem(1, "%s do not divide input of shape %s".formatted(others, x));
    }
    return size;
  }

  /// One size that is not known follows from the others when all of the input's are.
  private static void completeOne(Shape x, List<Dim> dims) {
    List<Dim> others = dims.stream().filter(dim -> !(dim instanceof Dim.Unknown)).toList();
    if (others.size() == dims.size() - 1) {
      dims.set(dims.indexOf(Dim.UNKNOWN), Sizes.quotient(x.dims(), others));
    }
  }

  private static void checkElements(InferenceContext c, Shape target) {
    if (c.shape(0).isStatic()
        && target.isStatic()
        && Sizes.product(c.shape(0).dims()) instanceof Dim.Fixed before
        && Sizes.product(target.dims()) instanceof Dim.Fixed after
        && !before.equals(after)) {
      throw c.problem(
          1,
          "%s has %s elements, but the input has %s (shape %s)"
              .formatted(target, after, before, c.shape(0)));
    }
  }

  private static String render(PartialValues values) {
    return values.elements().stream()
        .map(e -> e instanceof Known(double value) ? Long.toString((long) value) : "?")
        .toList()
        .toString();
  }

  private static void flatten(InferenceContext c) {
    c.copyType(0, 0);
    if (!c.known(0)) {
      return;
    }
    List<Dim> x = c.shape(0).dims();
    long given = c.integer("axis");
    int axis = given == x.size() ? x.size() : c.axis(given, x.size());
    c.setShape(
        0, Shape.of(Sizes.product(x.subList(0, axis)), Sizes.product(x.subList(axis, x.size()))));
  }

  private static void squeeze(InferenceContext c) {
    c.copyType(0, 0);
    // A vector of one element becomes a scalar; other vectors cannot be squeezed.
    c.values(0)
        .filter(v -> v.size() == 1)
        .ifPresent(v -> c.setValues(0, PartialValues.scalar(v.get(0))));
    if (!c.known(0)) {
      return;
    }
    Shape x = c.shape(0);
    Optional<long[]> axes = c.intsOrInput("axes", 1);
    TreeSet<Integer> gone = new TreeSet<>();
    if (axes.isPresent()) {
      for (long given : axes.get()) {
        int axis = c.axis(given, x.rank());
        if (x.dim(axis) instanceof Dim.Fixed(long size) && size != 1) {
          throw c.problem(0, "size %d at axis %d, expected 1".formatted(size, axis));
        }
        gone.add(axis);
      }
    } else if (c.isGiven("axes", 1) || !x.isStatic()) {
      return;
    } else {
      for (int i = 0; i < x.rank(); i++) {
        if (x.size(i) == 1) {
          gone.add(i);
        }
      }
    }
    List<Dim> y = Sizes.copyOf(x);
    gone.descendingSet().forEach(axis -> y.remove((int) axis));
    c.setShape(0, y);
  }

  private static void unsqueeze(InferenceContext c) {
    c.copyType(0, 0);
    Optional<long[]> axes = c.intsOrInput("axes", 1);
    if (axes.isEmpty() || !c.known(0)) {
      return;
    }
    int rank = c.rank(0) + axes.get().length;
    TreeSet<Integer> added = new TreeSet<>();
    for (long axis : axes.get()) {
      if (!added.add(c.axis(axis, rank))) {
        throw c.problem("axes " + Arrays.toString(axes.get()) + " name one axis twice");
      }
    }
    List<Dim> y = Sizes.copyOf(c.shape(0));
    for (int axis : added) {
      y.add(axis, Dim.of(1));
    }
    c.setShape(0, y);
    if (rank == 1) {
      c.values(0)
          .filter(PartialValues::scalar)
          .ifPresent(v -> c.setValues(0, PartialValues.vector(v.elements())));
    }
  }
}
