// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.Arrays;
import java.util.Optional;

/// Reductions and `ArgMax`: axes that are reduced stay, for their mean, maximum or norm would
/// change; the others pass.
record ReduceRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    Value x = node.input(0);
    Value y = node.output(0);
    int rank = coupling.rank(x);
    boolean[] reduced = new boolean[rank];
    boolean index = node.is("ArgMax") || node.is("ArgMin");
    if (index) {
      int axis = Math.toIntExact(node.intAttribute("axis", 0));
      reduced[axis < 0 ? axis + rank : axis] = true;
    } else if (SmallConstants.hasAxes(node, 1)) {
      Optional<int[]> axes = SmallConstants.axes(node, 1, rank);
      if (axes.isEmpty()) {
        coupling.freezeNode(node, node.describe() + " has axes that are computed");
        return;
      }
      Arrays.stream(axes.get()).forEach(axis -> reduced[axis] = true);
    } else if (node.intAttribute("noop_with_empty_axes", 0) == 0) {
      Arrays.fill(reduced, true);
    }
    boolean kept = node.intAttribute("keepdims", 1) != 0;
    int to = 0;
    for (int axis = 0; axis < rank; axis++) {
      if (reduced[axis]) {
        coupling.freeze(x, axis, node.describe() + " computes over it");
        if (kept) {
          coupling.freeze(y, to++, "an axis of one element");
        }
      } else {
        coupling.unite(x, axis, y, to++);
      }
    }
  }
}
