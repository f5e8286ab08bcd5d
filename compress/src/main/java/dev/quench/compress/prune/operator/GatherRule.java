// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.Cut;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// `Gather`: with constant indices the result has the indices of the axis that they name, and they
/// are counted anew; with computed ones, as in an embedding, that axis stays.
record GatherRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    Value x = node.input(0);
    Value indices = node.input(1);
    Value y = node.output(0);
    int along = axis(node, coupling.rank(x));
    int added = coupling.rank(indices);
    for (int axis = 0; axis < coupling.rank(x); axis++) {
      if (axis != along) {
        coupling.unite(x, axis, y, axis < along ? axis : axis - 1 + added);
      }
    }
    for (int axis = along + 1; axis < coupling.rank(x); axis++) {
      coupling.layer(node, 0, axis);
    }
    long[] constant = constant(node);
    int[] in = coupling.ids(x, along);
    int[] out = added == 1 ? coupling.ids(y, along) : null;
    String reason = node.describe() + " picks from it";
    if (constant == null || in == null || added > 1 || (added == 1 && out == null)) {
      coupling.freeze(x, along, reason);
      for (int axis = 0; axis < added; axis++) {
        coupling.unite(indices, axis, y, along + axis);
      }
      return;
    }
    coupling.freezeAll(indices, "indices of " + node.describe());
    for (int i = 0; i < constant.length; i++) {
      int id = in[position(constant[i], in.length)];
      if (out == null) {
        coupling.freeze(id, reason);
      } else {
        coupling.unite(id, out[i]);
      }
    }
  }

  @Override
  public void adapt(Node node, Cut cut) {
    Value x = node.input(0);
    int along = axis(node, x.shape().orElseThrow().rank());
    long[] constant = constant(node);
    if (constant == null || !cut.isCut(x, along)) {
      return;
    }
    int size = cut.structure().classes(x, along).length;
    boolean scalar = node.input(1).shape().map(Shape::rank).orElse(0) == 0;
    int[] stay = scalar ? new int[] {0} : cut.kept(node.output(0), along);
    long[] counted = new long[stay.length];
    for (int i = 0; i < stay.length; i++) {
      counted[i] = cut.keptBefore(x, along, position(constant[stay[i]], size));
    }
    Tensor tensor = scalar ? Tensor.scalar(counted[0]) : Tensor.vector(counted);
    node.setInput(1, node.graph().addConstant(node.output(0).name() + "_indices", tensor));
  }

  private static long @Nullable [] constant(Node node) {
    return SmallConstants.of(node.input(1)).orElse(null);
  }

  private static int position(long index, int size) {
    return Math.toIntExact(index < 0 ? index + size : index);
  }

  private static int axis(Node node, int rank) {
    int axis = Math.toIntExact(node.intAttribute("axis", 0));
    return axis < 0 ? axis + rank : axis;
  }
}
