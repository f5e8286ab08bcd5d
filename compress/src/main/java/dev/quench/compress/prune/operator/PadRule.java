// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.Optional;

/// `Pad`: axes that get nothing pass, the others stay.
record PadRule() implements OperatorRule {
  private static final int PADS_ARE_AN_INPUT = 11;
  private static final int AXES = 3;

  @Override
  public void couple(Node node, Coupling coupling) {
    Value x = node.input(0);
    int rank = coupling.rank(x);
    Optional<long[]> pads =
        node.opset() < PADS_ARE_AN_INPUT
            ? node.intsAttribute("pads")
            : SmallConstants.of(node.input(1));
    boolean chosen = node.input(AXES).isPresent();
    Optional<int[]> axes = SmallConstants.axes(node, AXES, rank);
    if (chosen ? axes.isEmpty() : pads.filter(each -> each.length == 2 * rank).isEmpty()) {
      coupling.freezeNode(node, node.describe() + " pads by computed amounts");
      return;
    }
    boolean[] padded = new boolean[rank];
    if (chosen) {
      for (int axis : axes.orElseThrow()) {
        padded[axis] = true;
      }
    } else {
      long[] amounts = pads.orElseThrow();
      for (int axis = 0; axis < rank; axis++) {
        padded[axis] = amounts[axis] != 0 || amounts[axis + rank] != 0;
      }
    }
    for (int axis = 0; axis < rank; axis++) {
      if (padded[axis]) {
        coupling.freeze(x, axis, node.describe() + " pads it");
        coupling.freeze(node.output(0), axis, node.describe() + " pads it");
      } else {
        coupling.unite(x, axis, node.output(0), axis);
      }
    }
  }
}
