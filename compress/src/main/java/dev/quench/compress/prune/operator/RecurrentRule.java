// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;

/// `LSTM`, `GRU` and `RNN`: the features that they read can be cut, their hidden states stay.
record RecurrentRule() implements OperatorRule {
  private static final int FEATURES = 2;

  @Override
  public void couple(Node node, Coupling coupling) {
    Value x = node.input(0);
    Value weights = node.input(1);
    String reason = "a hidden state or a step of " + node.describe();
    coupling.freeze(x, 0, reason);
    coupling.freeze(x, 1, reason);
    coupling.freeze(weights, 0, reason);
    coupling.freeze(weights, 1, reason);
    coupling.unite(x, FEATURES, weights, FEATURES);
    coupling.contraction(node, 0, FEATURES);
    for (Value other : node.inputs().subList(2, node.inputs().size())) {
      if (other.isPresent()) {
        coupling.freezeAll(other, reason);
      }
    }
    node.outputs().stream()
        .filter(Value::isPresent)
        .forEach(value -> coupling.freezeAll(value, reason));
  }
}
