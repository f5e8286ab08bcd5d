// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static dev.quench.graph.op.SchemaTable.since;

import dev.quench.graph.op.PartialValues.Element;
import dev.quench.graph.op.PartialValues.Known;
import dev.quench.graph.op.PartialValues.Size;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reductions over axes, arg-extrema, top-k and running sums.
final class ReductionOps {
  private static final String BY_ATTRIBUTE = "axes:is keepdims:i=1";
  private static final String BY_INPUT = "keepdims:i=1 noop_with_empty_axes:i=0";

  private ReductionOps() {}

  static void register(SchemaTable table) {
    InferenceRule reduce = ReductionOps::reduce;
    String byInput = "data axes? -> reduced";
    table.add("ReduceSum", since(1, 11), "data -> reduced", BY_ATTRIBUTE, reduce);
    table.add("ReduceSum", since(13), byInput, BY_INPUT, reduce);
    String others =
        "ReduceMean ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare";
    table.addAll(others, since(1, 11, 13), "data -> reduced", BY_ATTRIBUTE, reduce);
    table.addAll(others, since(18), byInput, BY_INPUT, reduce);
    table.addAll(
        "ReduceMax ReduceMin", since(1, 11, 12, 13), "data -> reduced", BY_ATTRIBUTE, reduce);
    table.addAll("ReduceMax ReduceMin", since(18, 20), byInput, BY_INPUT, reduce);
    String arg = "axis:i=0 keepdims:i=1 ";
    table.addAll("ArgMax ArgMin", since(1, 11), "data -> reduced", arg, ReductionOps::argument);
    table.addAll(
        "ArgMax ArgMin",
        since(12, 13),
        "data -> reduced",
        arg + "select_last_index:i=0",
        ReductionOps::argument);
    table.add("TopK", since(1), "X -> Values Indices", "axis:i=-1 k:i!", ReductionOps::topK);
    table.add("TopK", since(10), "X K -> Values Indices", "axis:i=-1", ReductionOps::topK);
    table.add(
        "TopK",
        since(11),
        "X K -> Values Indices",
        "axis:i=-1 largest:i=1 sorted:i=1",
        ReductionOps::topK);
    table.add(
        "CumSum",
        since(11, 14),
        "x axis -> y",
        "exclusive:i=0 reverse:i=0",
        NormalizationOps::keep);
  }

  private static void reduce(InferenceContext c) {
    c.copyType(0, 0);
    if (c.known(1) && c.rank(1) != 1) {
      throw c.problem(1, "expected a vector of axes");
    }
    if (!c.known(0)) {
      return;
    }
    Shape x = c.shape(0);
    boolean keep = c.flag("keepdims");
    Optional<long[]> axes = c.intsOrInput("axes", 1);
    if (axes.isEmpty() && c.isGiven("axes", 1)) {
      if (keep) {
        c.setShape(0, Sizes.unknown(x.rank()));
      }
      return;
    }
    long[] reduced = axes.orElse(new long[0]);
    if (reduced.length == 0 && c.flag("noop_with_empty_axes")) {
      c.copyShape(0, 0);
      return;
    }
    Set<Integer> gone = new HashSet<>();
    for (long axis : reduced) {
      gone.add(c.axis(axis, x.rank()));
    }
    List<Dim> y = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      if (!gone.isEmpty() && !gone.contains(i)) {
        y.add(x.dim(i));
      } else if (keep) {
        y.add(Dim.of(1));
      }
    }
    c.setShape(0, y);
    c.values(0).ifPresent(v -> c.setValues(0, reduced(c, v, keep && !v.scalar())));
  }

  /// The product, sum or extremum of a vector such as a shape.
  private static PartialValues reduced(InferenceContext c, PartialValues x, boolean keep) {
    String opType =
        switch (c.node().opType()) {
          case "ReduceProd" -> "Mul";
          case "ReduceSum" -> "Add";
          case "ReduceMax" -> "Max";
          case "ReduceMin" -> "Min";
          default -> "";
        };
    Element result =
        opType.isEmpty() || x.size() == 0
            ? Element.UNKNOWN
            : PartialArithmetic.combine(opType, x.elements(), false);
    return new PartialValues(List.of(result), !keep);
  }

  private static void argument(InferenceContext c) {
    c.setType(0, DataType.INT64);
    if (!c.known(0)) {
      return;
    }
    List<Dim> y = Sizes.copyOf(c.shape(0));
    int axis = c.axis(c.integer("axis"), y.size());
    if (c.flag("keepdims")) {
      y.set(axis, Dim.of(1));
    } else {
      y.remove(axis);
    }
    c.setShape(0, y);
  }

  private static void topK(InferenceContext c) {
    c.copyType(0, 0);
    c.setType(1, DataType.INT64);
    if (!c.known(0)) {
      return;
    }
    List<Dim> y = Sizes.copyOf(c.shape(0));
    int axis = c.axis(c.integer("axis"), y.size());
    Element k =
        c.hasAttribute("k")
            ? new Known(c.integer("k"))
            : c.values(1).filter(v -> v.size() == 1).map(v -> v.get(0)).orElse(Element.UNKNOWN);
    Dim size =
        switch (k) {
          case Known _, Size _ -> PartialValues.asDim(k);
          case PartialValues.Unknown _ -> Dim.UNKNOWN;
        };
    y.set(axis, size);
    c.setShape(0, y);
    c.setShape(1, y);
  }
}
