// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;

/// Normalization with parameters for each channel: `BatchNormalization` by stored statistics, and
/// `InstanceNormalization` by those of each channel alone.
record NormalizationRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    boolean training =
        node.intAttribute("training_mode", 0) != 0
            || node.intAttribute("spatial", 1) == 0
            || node.outputs().stream().skip(1).anyMatch(Value::isPresent);
    if (training || coupling.rank(node.input(0)) < 2) {
      coupling.freezeNode(node, node.describe() + " computes statistics");
      return;
    }
    coupling.uniteAll(node.input(0), node.output(0));
    for (Value parameter : node.inputs().subList(1, node.inputs().size())) {
      if (parameter.isPresent()) {
        coupling.unite(parameter, 0, node.output(0), 1);
      }
    }
    if (node.is("InstanceNormalization")) {
      coupling.freezeFrom(node.output(0), 2, node.describe() + " takes its statistics over it");
    }
  }
}
