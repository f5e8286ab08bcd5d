// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;

/// `Tile`: every repetition of an index goes with it.
record TileRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    Value x = node.input(0);
    Value y = node.output(0);
    boolean known = SmallConstants.of(node.input(1)).isPresent();
    for (int axis = 0; axis < coupling.rank(x); axis++) {
      int[] in = coupling.ids(x, axis);
      int[] out = coupling.ids(y, axis);
      if (!known || in == null || out == null || in.length == 0 || out.length % in.length != 0) {
        coupling.freeze(x, axis, node.describe() + " repeats it a computed number of times");
        coupling.freeze(y, axis, node.describe() + " repeats it a computed number of times");
        continue;
      }
      for (int i = 0; i < out.length; i++) {
        coupling.unite(out[i], in[i % in.length]);
      }
    }
  }
}
