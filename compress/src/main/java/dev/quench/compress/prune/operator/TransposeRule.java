// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;

/// `Transpose` moves axes.
record TransposeRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    int rank = coupling.rank(node.input(0));
    long[] permutation = node.intsAttribute("perm").orElse(null);
    for (int axis = 0; axis < rank; axis++) {
      int from = permutation == null ? rank - 1 - axis : Math.toIntExact(permutation[axis]);
      coupling.unite(node.input(0), from, node.output(0), axis);
    }
  }
}
