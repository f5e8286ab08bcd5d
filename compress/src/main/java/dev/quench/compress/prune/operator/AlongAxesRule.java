// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.Arrays;

/// Operators of one data input whose results depend on all elements along some axes, which stay:
/// softmax, layer normalization, cumulative sums. All other axes pass.
record AlongAxesRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    Value x = node.input(0);
    boolean[] along = along(node, coupling.rank(x));
    String reason = node.describe() + " computes over it";
    for (Value output : node.outputs()) {
      if (output.isPresent() && coupling.rank(output) == coupling.rank(x)) {
        for (int axis = 0; axis < along.length; axis++) {
          if (along[axis]) {
            coupling.freeze(x, axis, reason);
            coupling.freeze(output, axis, reason);
          } else {
            coupling.unite(x, axis, output, axis);
          }
        }
      } else if (output.isPresent()) {
        coupling.freezeNode(node, reason);
      }
    }
    for (Value parameter : node.inputs().subList(1, node.inputs().size())) {
      if (parameter.isPresent()) {
        coupling.freezeAll(parameter, reason);
      }
    }
  }

  private static boolean[] along(Node node, int rank) {
    boolean[] along = new boolean[rank];
    switch (node.opType()) {
      case "Softmax", "LogSoftmax", "Hardmax" -> {
        boolean coerced = node.opset() < 13;
        int axis = axis(node.intAttribute("axis", coerced ? 1 : -1), rank);
        Arrays.fill(along, axis, coerced ? rank : Math.min(rank, axis + 1), true);
      }
      case "LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization" ->
          Arrays.fill(along, axis(node.intAttribute("axis", -1), rank), rank, true);
      case "LpNormalization", "TopK" -> {
        int axis = axis(node.intAttribute("axis", -1), rank);
        Arrays.fill(along, axis, Math.min(rank, axis + 1), true);
      }
      case "LRN" -> Arrays.fill(along, Math.min(1, rank), Math.min(2, rank), true);
      case "GroupNormalization" -> Arrays.fill(along, Math.min(1, rank), rank, true);
      case "CumSum" ->
          SmallConstants.of(node.input(1))
              .ifPresentOrElse(
                  axes -> along[axis(axes[0], rank)] = true, () -> Arrays.fill(along, true));
      default -> Arrays.fill(along, true);
    }
    return along;
  }

  private static int axis(long axis, int rank) {
    return Math.clamp(axis < 0 ? axis + rank : axis, 0, rank);
  }
}
