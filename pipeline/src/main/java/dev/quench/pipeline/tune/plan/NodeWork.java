// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import dev.quench.graph.Node;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.pipeline.tune.plan.QuantizableNode.Kind;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Optional;

/// Tells what kind of node one is and how much it multiplies.
final class NodeWork {
  private static final int IMAGE_CHANNELS = 4;

  private NodeWork() {}

  /// @param node with the shape of its output, as far as known
  static QuantizableNode describe(Node node) {
    if (node.is("Gather")) {
      return new QuantizableNode(node.name(), Kind.TABLE, 1);
    }
    Optional<WeightLayout> layout = WeightLayout.of(node);
    if (layout.isEmpty()) {
      return new QuantizableNode(node.name(), Kind.JOIN, 1);
    }
    Kind kind =
        layout.get().spatialAxes() == 0
            ? Kind.PRODUCT
            : layout.get().isDepthwise()
                ? Kind.DEPTHWISE
                : layout.get().inputChannels() < IMAGE_CHANNELS ? Kind.IMAGE : Kind.CONVOLUTION;
    long weights = node.input(1).constant().map(Tensor::elements).orElse(1L);
    return new QuantizableNode(
        node.name(), kind, Math.max(1, weights * positions(node, kind == Kind.PRODUCT)));
  }

  /// How often the weights are used for one sample.
  private static long positions(Node node, boolean product) {
    Shape shape = node.output(0).shape().orElse(Shape.SCALAR);
    long positions = 1;
    for (int axis = product ? 1 : 2; axis < shape.rank() - (product ? 1 : 0); axis++) {
      positions *= shape.dim(axis) instanceof Dim.Fixed(long size) ? Math.max(1, size) : 1;
    }
    return positions;
  }
}
