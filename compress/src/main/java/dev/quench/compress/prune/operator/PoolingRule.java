// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;

/// Operators that work on each channel of an image alone: pooling, sampling, cutting out regions.
///
/// @param samples whether axis 0 passes too
record PoolingRule(boolean samples) implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    if (node.outputs().stream().skip(1).anyMatch(Value::isPresent)) {
      coupling.freezeNode(node, node.describe() + " gives indices that count across channels");
      return;
    }
    Value x = node.input(0);
    Value y = node.output(0);
    String reason = "an axis that " + node.describe() + " computes over";
    if (samples) {
      coupling.unite(x, 0, y, 0);
    } else {
      coupling.freeze(x, 0, reason);
      coupling.freeze(y, 0, reason);
    }
    coupling.unite(x, 1, y, 1);
    coupling.freezeFrom(x, 2, reason);
    coupling.freezeFrom(y, 2, reason);
    for (Value other : node.inputs().subList(1, node.inputs().size())) {
      if (other.isPresent()) {
        coupling.freezeAll(other, reason);
      }
    }
  }
}
