// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.graph.Node;
import dev.quench.graph.pattern.NodeSelection;

/// The parameters that training leaves as they are.
///
/// @param layers nodes whose parameters and statistics stay
/// @param statistics whether all running means and variances stay: BatchNormalization then
///   normalizes with them instead of the batch's
public record FrozenParameters(NodeSelection layers, boolean statistics) {
  /// Everything is trained.
  public static final FrozenParameters NONE = new FrozenParameters(NodeSelection.NONE, false);

  boolean contains(Node layer, Parameter.Role role) {
    return (statistics && role == Parameter.Role.STATISTIC) || layers.contains(layer);
  }
}
