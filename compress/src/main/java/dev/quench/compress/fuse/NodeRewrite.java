// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.rewrite.Pass;

/// A pass made of one rule that looks at one node at a time, in the main graph and in the graphs
/// nested in it, until it finds nothing more to do. Bodies of functions are left alone.
abstract class NodeRewrite implements Pass {
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
      for (Node node : model.graph().allNodes()) {
        if (!node.isRemoved() && rewrite(node)) {
          changed = true;
        }
      }
      changedAtAll |= changed;
    } while (changed);
    return changedAtAll;
  }

  /// Applies the rule at `node` if it holds there, and leaves the graph untouched if not.
  ///
  /// @return whether the graph changed
  abstract boolean rewrite(Node node);
}
