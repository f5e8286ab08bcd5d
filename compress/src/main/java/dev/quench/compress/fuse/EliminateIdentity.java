// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Node;

/// Removes `Identity` nodes.
///
/// 1. `y = Identity(x)` → readers of `y` read `x`.
/// 2. the same if `y` is a graph output → the producer of `x` writes `y`.
///
/// Unchanged: an `Identity` that makes a graph input, a constant or another graph output a graph
/// output under a second name.
public final class EliminateIdentity extends NodeRewrite {
  public EliminateIdentity() {
    super("eliminate-identity");
  }

  @Override
  boolean reachesFunctions() {
    return true;
  }

  @Override
  boolean rewrite(Node node) {
    return node.is("Identity") && Bypass.take(node, node.input(0));
  }
}
