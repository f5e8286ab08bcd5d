// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import java.util.List;

/// A part of a graph that is tuned as one.
///
/// @param nodes that can be quantized, in graph order; at least one
/// @param pattern SHA-256 of operators, attributes, wiring, and shapes of weights and activations;
///   regions of equal pattern are computed alike
public record Region(List<QuantizableNode> nodes, String pattern) {
  public Region {
    nodes = List.copyOf(nodes);
  }

  /// From the first node to the last.
  public String name() {
    return nodes.size() == 1
        ? nodes.getFirst().name()
        : nodes.getFirst().name() + " … " + nodes.getLast().name();
  }
}
