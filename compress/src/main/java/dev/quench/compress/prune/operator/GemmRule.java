// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;

/// `Gemm`, with either operand transposed or not.
record GemmRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    Value a = node.input(0);
    Value b = node.input(1);
    Value y = node.output(0);
    int sumOfA = node.intAttribute("transA", 0) == 0 ? 1 : 0;
    int sumOfB = node.intAttribute("transB", 0) == 0 ? 0 : 1;
    coupling.unite(a, sumOfA, b, sumOfB);
    coupling.unite(a, 1 - sumOfA, y, 0);
    coupling.unite(b, 1 - sumOfB, y, 1);
    coupling.contraction(node, 0, sumOfA);
    coupling.layer(node, 1, 1 - sumOfB);
    if (node.input(2).isPresent()) {
      ElementwiseRule.broadcast(node.input(2), y, coupling);
    }
  }
}
