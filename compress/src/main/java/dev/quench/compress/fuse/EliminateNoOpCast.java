// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Node;

/// Removes casts to the type that a tensor already has.
///
/// 1. `y = Cast(x, to = type of x)` → `x`.
///
/// Unchanged: a cast of a tensor of unknown type.
public final class EliminateNoOpCast extends NodeRewrite {
  public EliminateNoOpCast() {
    super("eliminate-no-op-cast");
  }

  @Override
  boolean reachesFunctions() {
    return true;
  }

  @Override
  boolean rewrite(Node node) {
    return node.is("Cast")
        && node.input(0).isPresent()
        && node.attribute("to").isPresent()
        && node.input(0).dataType().isPresent()
        && node.input(0).dataType().get().onnxCode() == node.intAttribute("to", 0)
        && Bypass.take(node, node.input(0));
  }
}
