// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.structure;

import dev.quench.graph.Node;

/// What one operator does to the indices of the axes that it reads and writes. Stateless.
public interface OperatorRule {
  /// Unites the indices that can only be cut together, and freezes those that must stay.
  ///
  /// @param node whose inputs and outputs have a known rank
  void couple(Node node, Coupling coupling);

  /// Adapts attributes and constants that hold sizes or indices, before initializers are cut. What
  /// [#couple] left free must be possible here.
  default void adapt(Node node, Cut cut) {}
}
