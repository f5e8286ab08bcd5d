// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import java.util.HashSet;
import java.util.Set;

/// Names by which a [NodeSelection] finds one node alone.
public final class NodeNames {
  private NodeNames() {}

  /// Gives each node of `graph` a name that no other has. The first of several with one name keeps
  /// it; nodes without a name are called after their first output, as a [NodeSelection] calls them.
  /// What nested graphs hold is left.
  public static void makeDistinct(Graph graph) {
    Set<String> taken = new HashSet<>();
    for (Node node : graph.nodes()) {
      String base = nameOf(node);
      String name = base;
      for (int suffix = 1; !taken.add(name); suffix++) {
        name = base + "_" + suffix;
      }
      if (!name.equals(node.name())) {
        node.setName(name);
      }
    }
  }

  private static String nameOf(Node node) {
    String output = node.output(0).name();
    if (node.name().isEmpty()) {
      return output.isEmpty() ? node.opType() : output;
    }
    return node.name();
  }
}
