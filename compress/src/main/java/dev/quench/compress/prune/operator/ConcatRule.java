// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;

/// `Concat`: each part keeps its own indices, at its offset in the result.
record ConcatRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    Value y = node.output(0);
    int rank = coupling.rank(y);
    int along = Math.toIntExact(node.intAttribute("axis", 1));
    along = along < 0 ? along + rank : along;
    int[] out = coupling.ids(y, along);
    int offset = 0;
    for (Value part : node.inputs()) {
      for (int axis = 0; axis < rank; axis++) {
        if (axis != along) {
          coupling.unite(part, axis, y, axis);
        }
      }
    }
    for (Value part : node.inputs()) {
      int[] in = coupling.ids(part, along);
      if (out == null || in == null || offset + in.length > out.length) {
        String reason = node.describe() + " joins parts of unknown size";
        node.inputs().forEach(each -> freeze(each, y, node, reason, coupling));
        return;
      }
      for (int id : in) {
        coupling.unite(id, out[offset++]);
      }
    }
  }

  private static void freeze(Value part, Value y, Node node, String reason, Coupling coupling) {
    int along = Math.toIntExact(node.intAttribute("axis", 1));
    int axis = along < 0 ? along + coupling.rank(y) : along;
    coupling.freeze(part, axis, reason);
    coupling.freeze(y, axis, reason);
  }
}
