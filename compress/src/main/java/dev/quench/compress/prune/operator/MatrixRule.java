// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;

/// `MatMul`: rows and columns are cut apart, the axis that is summed over in both operands, batch
/// axes (the heads of attention) in operands and result.
record MatrixRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    Value a = node.input(0);
    Value b = node.input(1);
    Value y = node.output(0);
    int rankA = coupling.rank(a);
    int rankB = coupling.rank(b);
    if (rankA == 0 || rankB == 0) {
      coupling.freezeNode(node, node.describe() + " has a scalar operand");
      return;
    }
    int last = coupling.rank(y) - 1;
    coupling.unite(a, rankA - 1, b, Math.max(0, rankB - 2));
    coupling.contraction(node, 0, rankA - 1);
    int rows = rankB > 1 ? last - 1 : last;
    if (rankA > 1) {
      coupling.unite(a, rankA - 2, y, rows);
      coupling.layer(node, 0, rankA - 2);
    }
    if (rankB > 1) {
      coupling.unite(b, rankB - 1, y, last);
      coupling.layer(node, 1, rankB - 1);
    }
    int batch = coupling.rank(y) - (rankA > 1 ? 1 : 0) - (rankB > 1 ? 1 : 0);
    batch(a, rankA - 2, y, batch, coupling);
    batch(b, rankB - 2, y, batch, coupling);
  }

  private static void batch(Value from, int axes, Value y, int batch, Coupling coupling) {
    for (int axis = 0; axis < axes; axis++) {
      int to = batch - axes + axis;
      if (!coupling.hasSize(from, axis, 1) || coupling.hasSize(y, to, 1)) {
        coupling.unite(from, axis, y, to);
      }
    }
  }
}
