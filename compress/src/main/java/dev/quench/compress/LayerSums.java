// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;

/// A layer whose bias another node adds.
public final class LayerSums {
  private LayerSums() {}

  /// Inserts the sums of a layer before it; the layer itself stays, for the caller to replace.
  ///
  /// @param layer `Conv`, `ConvTranspose` or `Gemm`
  /// @param weights to multiply with, of the shape of the layer's own
  /// @return a node with the layer's operator, name and attributes, and no bias
  public static Node insert(Node layer, Value weights) {
    Graph graph = layer.graph();
    Value output = layer.output(0);
    NodeBuilder sums =
        NodeBuilder.of(layer.opType())
            .unchecked()
            .name(layer.name())
            .inputs(layer.input(0), weights)
            .output(graph.uniqueName(output.name() + ".sums"), output.type().orElse(null));
    layer.attributes().forEach(sums::attribute);
    return graph.insertBefore(layer, sums);
  }
}
