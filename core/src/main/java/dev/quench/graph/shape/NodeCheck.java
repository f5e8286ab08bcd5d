// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.shape;

import dev.quench.graph.Node;

/// Looks at one node during shape inference.
@FunctionalInterface
interface NodeCheck {
  /// What a node stands for.
  enum Kind {
    OPERATOR,
    /// A model-local function, whose body follows.
    CALL,
    /// A model-local function that is not expanded: calls nest too deeply or expand to too many
    /// nodes.
    CALL_BEYOND_BOUNDS
  }

  /// @throws ModelFormatException if the node may not stay
  void check(Node node, Kind kind);
}
