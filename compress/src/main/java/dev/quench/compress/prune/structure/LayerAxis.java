// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.structure;

import dev.quench.graph.Node;
import dev.quench.graph.Value;

/// The axis of a layer's weights that counts its output channels.
///
/// @param node the layer
/// @param weights constant, or computed from constants
public record LayerAxis(Node node, Value weights, int axis) {
  /// The layer's name in reports.
  public String name() {
    return node.name().isEmpty() ? node.output(0).name() : node.name();
  }
}
