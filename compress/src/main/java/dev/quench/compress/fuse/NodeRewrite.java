// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.rewrite.Rewrite;
import java.util.ArrayList;
import java.util.List;

/// A rewrite of one rule. It visits the nodes of the main graph and of nested graphs one at a time,
/// until no node changes.
///
/// A rule that [only removes nodes][#reachesFunctions] also visits the bodies of functions whose
/// nodes take no attribute from the call; other rules need constants, which a body cannot store.
abstract class NodeRewrite implements Rewrite {
  private final String name;

  NodeRewrite(String name) {
    this.name = name;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final boolean apply(Model model) {
    boolean changedAtAll = false;
    boolean changed;
    do {
      changed = false;
      for (Node node : nodes(model)) {
        if (!node.isRemoved() && rewrite(node)) {
          changed = true;
        }
      }
      changedAtAll |= changed;
    } while (changed);
    return changedAtAll;
  }

  private List<Node> nodes(Model model) {
    if (!reachesFunctions() || model.functions().isEmpty()) {
      return model.graph().allNodes();
    }
    List<Node> nodes = new ArrayList<>(model.graph().allNodes());
    for (Function function : model.functions()) {
      if (!takesAttributes(function.body())) {
        nodes.addAll(function.body().allNodes());
      }
    }
    return nodes;
  }

  private static boolean takesAttributes(Graph body) {
    return body.allNodes().stream()
        .flatMap(node -> node.attributes().values().stream())
        .anyMatch(value -> value instanceof AttributeValue.Reference);
  }

  /// Whether the rule only removes nodes and so applies to the bodies of functions too.
  boolean reachesFunctions() {
    return false;
  }

  /// Applies the rule to `node` if it matches, else leaves the graph unchanged.
  ///
  /// @return whether the graph changed
  abstract boolean rewrite(Node node);
}
