// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.Cut;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// `Expand`: axes that are stretched get new indices; sizes in the target are set anew.
record ExpandRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    Value y = node.output(0);
    ElementwiseRule.broadcast(node.input(0), y, coupling);
    Optional<TargetSizes> target = TargetSizes.of(node, 1);
    for (int axis = 0; axis < coupling.rank(y); axis++) {
      int place = place(target, coupling.rank(y), axis);
      if (target.isEmpty() || (place >= 0 && target.get().get(place).isEmpty())) {
        coupling.freeze(y, axis, "a size that " + node.describe() + " computes");
      }
    }
  }

  @Override
  public void adapt(Node node, Cut cut) {
    Value y = node.output(0);
    Optional<TargetSizes> target = TargetSizes.of(node, 1);
    Map<Integer, Long> changed = new HashMap<>();
    int rank = y.shape().orElseThrow().rank();
    for (int axis = 0; axis < rank; axis++) {
      int place = place(target, rank, axis);
      if (cut.isCut(y, axis)
          && place >= 0
          && target.get().get(place).filter(size -> size > 1).isPresent()) {
        changed.put(place, (long) cut.kept(y, axis).length);
      }
    }
    if (!changed.isEmpty()) {
      target.orElseThrow().set(changed);
    }
  }

  private static int place(Optional<TargetSizes> target, int rank, int axis) {
    return target.isEmpty() ? -1 : axis - (rank - target.get().count());
  }
}
