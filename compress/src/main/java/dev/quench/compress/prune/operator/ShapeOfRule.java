// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import java.util.Optional;

/// `Shape`: the axes whose size the graph may compute with stay. Which those are shows where all
/// readers are `Gather` with constant indices.
record ShapeOfRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    Value x = node.input(0);
    Value sizes = node.output(0);
    String reason = "its size is read by " + node.describe();
    coupling.freezeAll(sizes, reason);
    int first = Math.toIntExact(node.intAttribute("start", 0));
    boolean[] read = new boolean[coupling.rank(x)];
    boolean known = !sizes.isGraphOutput() && first == 0 && node.attribute("end").isEmpty();
    for (Use use : sizes.uses()) {
      Optional<long[]> indices =
          use.node().is("Gather") && use.inputIndex() == 0
              ? SmallConstants.of(use.node().input(1))
              : Optional.empty();
      known &= indices.isPresent();
      for (long index : indices.orElse(new long[0])) {
        read[Math.toIntExact(index < 0 ? index + read.length : index)] = true;
      }
    }
    for (int axis = 0; axis < read.length; axis++) {
      if (!known || read[axis]) {
        coupling.freeze(x, axis, reason);
      }
    }
  }
}
