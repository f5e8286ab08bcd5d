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

/// A rewrite made of one rule that looks at one node at a time, in the main graph and in the graphs
/// nested in it, until it finds nothing more to do.
///
/// A rule that [removes nodes only][#reachesFunctions] also works on the bodies of functions whose
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

  /// Whether the rule removes nodes and adds none, so that it holds in the body of a function too.
  boolean reachesFunctions() {
    return false;
  }

  /// Applies the rule at `node` if it holds there, and leaves the graph untouched if not.
  ///
  /// @return whether the graph changed
  abstract boolean rewrite(Node node);
}
