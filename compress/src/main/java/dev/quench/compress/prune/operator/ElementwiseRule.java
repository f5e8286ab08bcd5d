// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;

/// Operators that compute each element of every output from the elements at its place: arithmetic,
/// comparison, selection and activations, with broadcasting aligned at the last axis.
record ElementwiseRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    if (node.intAttribute("broadcast", 0) != 0) {
      coupling.freezeNode(node, node.describe() + " broadcasts in the way before opset 7");
      return;
    }
    for (Value output : node.outputs()) {
      if (output.isPresent()) {
        for (Value input : node.inputs()) {
          if (input.isPresent()) {
            broadcast(input, output, coupling);
          }
        }
      }
    }
  }

  /// Unites the axes of `from` with those of `to` that it is not stretched along.
  static void broadcast(Value from, Value to, Coupling coupling) {
    int offset = coupling.rank(to) - coupling.rank(from);
    for (int axis = 0; axis < coupling.rank(from); axis++) {
      if (offset + axis < 0) {
        coupling.freeze(from, axis, "it meets a tensor of a lower rank");
      } else if (!coupling.hasSize(from, axis, 1) || coupling.hasSize(to, offset + axis, 1)) {
        coupling.unite(from, axis, to, offset + axis);
      }
    }
  }
}
