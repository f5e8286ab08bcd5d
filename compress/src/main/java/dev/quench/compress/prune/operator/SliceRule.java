// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.Cut;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `Slice` with constant bounds: the result has the indices between them. Axes sliced by steps
/// other than 1 stay.
record SliceRule() implements OperatorRule {
  private static final int BOUNDS_ARE_INPUTS = 10;

  /// The bounds of a slice; those of an axis at its place in `axes`.
  private static final class Bounds {
    private final int[] axes;
    private final long[] starts;
    private final long[] ends;
    private final long @Nullable [] steps;

    private Bounds(int[] axes, long[] starts, long[] ends, long @Nullable [] steps) {
      this.axes = axes;
      this.starts = starts;
      this.ends = ends;
      this.steps = steps;
    }

    static Optional<Bounds> of(Node node, int rank) {
      boolean inputs = node.opset() >= BOUNDS_ARE_INPUTS;
      Optional<long[]> starts =
          inputs ? SmallConstants.of(node.input(1)) : node.intsAttribute("starts");
      Optional<long[]> ends =
          inputs ? SmallConstants.of(node.input(2)) : node.intsAttribute("ends");
      Optional<long[]> steps = inputs ? SmallConstants.of(node.input(4)) : Optional.empty();
      if (starts.isEmpty() || ends.isEmpty() || (steps.isEmpty() && node.input(4).isPresent())) {
        return Optional.empty();
      }
      int[] axes = new int[starts.get().length];
      for (int i = 0; i < axes.length; i++) {
        axes[i] = i;
      }
      if (SmallConstants.hasAxes(node, 3)) {
        Optional<int[]> given = SmallConstants.axes(node, 3, rank);
        if (given.isEmpty()) {
          return Optional.empty();
        }
        axes = given.get();
      }
      return Optional.of(new Bounds(axes, starts.get(), ends.get(), steps.orElse(null)));
    }

    boolean isPlain(int i) {
      return steps == null || steps[i] == 1;
    }

    int start(int i, int size) {
      return Math.toIntExact(Math.clamp(starts[i] < 0 ? starts[i] + size : starts[i], 0, size));
    }

    int end(int i, int size) {
      return Math.toIntExact(Math.clamp(ends[i] < 0 ? ends[i] + size : ends[i], 0, size));
    }
  }

  @Override
  public void couple(Node node, Coupling coupling) {
    Value x = node.input(0);
    Value y = node.output(0);
    Bounds bounds = Bounds.of(node, coupling.rank(x)).orElse(null);
    if (bounds == null) {
      coupling.freezeNode(node, node.describe() + " has bounds that are computed");
      return;
    }
    boolean[] sliced = new boolean[coupling.rank(x)];
    for (int i = 0; i < bounds.axes.length; i++) {
      int axis = bounds.axes[i];
      sliced[axis] = true;
      int[] in = coupling.ids(x, axis);
      int[] out = coupling.ids(y, axis);
      int start = in == null ? 0 : bounds.start(i, in.length);
      if (in == null || out == null || !bounds.isPlain(i) || start + out.length > in.length) {
        String reason = node.describe() + " slices it by steps or from an unknown size";
        coupling.freeze(x, axis, reason);
        coupling.freeze(y, axis, reason);
        continue;
      }
      for (int at = 0; at < out.length; at++) {
        coupling.unite(in[start + at], out[at]);
      }
    }
    for (int axis = 0; axis < sliced.length; axis++) {
      if (!sliced[axis]) {
        coupling.unite(x, axis, y, axis);
      }
    }
  }

  @Override
  public void adapt(Node node, Cut cut) {
    Value x = node.input(0);
    Bounds bounds = Bounds.of(node, x.shape().orElseThrow().rank()).orElse(null);
    if (bounds == null) {
      return;
    }
    long[] starts = bounds.starts.clone();
    long[] ends = bounds.ends.clone();
    boolean changed = false;
    for (int i = 0; i < starts.length; i++) {
      int axis = bounds.axes[i];
      if (cut.isCut(x, axis)) {
        int size = cut.structure().classes(x, axis).length;
        starts[i] = cut.keptBefore(x, axis, bounds.start(i, size));
        ends[i] = cut.keptBefore(x, axis, bounds.end(i, size));
        changed = true;
      }
    }
    if (!changed) {
      return;
    }
    if (node.opset() < BOUNDS_ARE_INPUTS) {
      node.setAttribute("starts", AttributeValue.ofInts(starts));
      node.setAttribute("ends", AttributeValue.ofInts(ends));
    } else {
      String name = node.output(0).name();
      Tensor axes = longs(bounds.axes);
      node.setInput(1, node.graph().addConstant(name + "_starts", Tensor.vector(starts)));
      node.setInput(2, node.graph().addConstant(name + "_ends", Tensor.vector(ends)));
      node.setInput(3, node.graph().addConstant(name + "_axes", axes));
      if (bounds.steps != null) {
        node.setInput(4, node.graph().addConstant(name + "_steps", Tensor.vector(bounds.steps)));
      }
    }
  }

  private static Tensor longs(int[] values) {
    long[] wide = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return Tensor.vector(wide);
  }
}
