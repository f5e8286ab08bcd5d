// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;

/// `QuantizeLinear` and `DequantizeLinear` with one scale, or one for each index of an axis; scales
/// of blocks keep all axes.
record QuantizerRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    Value x = node.input(0);
    coupling.uniteAll(x, node.output(0));
    boolean blocks = node.intAttribute("block_size", 0) != 0;
    for (Value parameter : node.inputs().subList(1, node.inputs().size())) {
      if (parameter.isAbsent() || coupling.rank(parameter) == 0) {
        continue;
      }
      if (blocks || coupling.rank(parameter) > 1) {
        coupling.freezeNode(node, node.describe() + " has a scale for each block");
      } else if (!coupling.hasSize(parameter, 0, 1)) {
        int axis = Math.toIntExact(node.intAttribute("axis", 1));
        coupling.unite(parameter, 0, x, axis < 0 ? axis + coupling.rank(x) : axis);
      }
    }
  }
}
