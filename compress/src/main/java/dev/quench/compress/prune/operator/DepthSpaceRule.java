// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;

/// `DepthToSpace` and `SpaceToDepth`: the channels that become one pixel go together.
record DepthSpaceRule() implements OperatorRule {
  @Override
  public void couple(Node node, Coupling coupling) {
    Value x = node.input(0);
    Value y = node.output(0);
    boolean toSpace = node.is("DepthToSpace");
    int[] deep = toSpace ? coupling.ids(x, 1) : coupling.ids(y, 1);
    int[] flat = toSpace ? coupling.ids(y, 1) : coupling.ids(x, 1);
    String reason = "a spatial axis of " + node.describe();
    coupling.unite(x, 0, y, 0);
    coupling.freezeFrom(x, 2, reason);
    coupling.freezeFrom(y, 2, reason);
    if (deep == null || flat == null || flat.length == 0) {
      coupling.freezeNode(node, node.describe() + " has an unknown number of channels");
      return;
    }
    boolean pixelsLast = toSpace && node.textAttribute("mode", "DCR").equals("CRD");
    int pixels = deep.length / flat.length;
    for (int i = 0; i < deep.length; i++) {
      coupling.unite(deep[i], flat[pixelsLast ? i / pixels : i % flat.length]);
    }
  }
}
