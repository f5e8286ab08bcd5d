// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.Arrays;

/// `Squeeze` and `Unsqueeze`: axes of size 1 go or come, the others pass.
record SqueezeRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    boolean squeezes = node.is("Squeeze");
    Value longer = squeezes ? node.input(0) : node.output(0);
    Value shorter = squeezes ? node.output(0) : node.input(0);
    int rank = coupling.rank(longer);
    boolean[] single = new boolean[rank];
    if (SmallConstants.hasAxes(node, 1)) {
      SmallConstants.axes(node, 1, rank)
          .ifPresent(axes -> Arrays.stream(axes).forEach(axis -> single[axis] = true));
    } else {
      for (int axis = 0; axis < rank; axis++) {
        single[axis] = coupling.hasSize(longer, axis, 1);
      }
    }
    int at = 0;
    int passing = 0;
    for (boolean each : single) {
      passing += each ? 0 : 1;
    }
    if (passing != coupling.rank(shorter)) {
      coupling.freezeNode(node, node.describe() + " has axes that are computed");
      return;
    }
    for (int axis = 0; axis < rank; axis++) {
      if (single[axis]) {
        coupling.freeze(longer, axis, "an axis of one element");
      } else {
        coupling.unite(longer, axis, shorter, at++);
      }
    }
  }
}
