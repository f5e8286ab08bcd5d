// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.compress.prune.structure.LayerAxis;
import dev.quench.cost.ModelCost;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;

/// The size of a layer.
///
/// @param outputs channels that it gives
/// @param inputs channels that each output sums over
/// @param height of what it reads; 1 without one
/// @param width of what it reads; 1 without one
/// @param stride of its first spatial axis; 1 without one
/// @param kernel size of its first spatial axis; 1 without one
/// @param macs multiply-accumulates of one call
public record LayerSize(
    long outputs, long inputs, long height, long width, long stride, long kernel, long macs) {
  static LayerSize of(LayerAxis layer, Model model, ModelCost cost) {
    Node node = layer.node();
    Shape weights = layer.weights().shape().orElse(Shape.SCALAR);
    long outputs = size(weights, layer.axis());
    long elements = 1;
    for (int axis = 0; axis < Math.min(2, weights.rank()); axis++) {
      elements *= axis == layer.axis() ? 1 : size(weights, axis);
    }
    Shape read =
        node.inputs().stream()
            .filter(Value::isPresent)
            .findFirst()
            .flatMap(Value::shape)
            .orElse(Shape.SCALAR);
    long[] strides = node.intsAttribute("strides").orElse(new long[0]);
    return new LayerSize(
        outputs,
        elements,
        read.rank() > 2 ? size(read, 2) : 1,
        read.rank() > 3 ? size(read, 3) : 1,
        strides.length > 0 ? strides[0] : 1,
        weights.rank() > 2 ? size(weights, 2) : 1,
        cost.nodeCosts().get(model.graph().allNodes().indexOf(node)).macs());
  }

  /// Of an axis; 1 if it is free.
  private static long size(Shape shape, int axis) {
    return shape.dim(axis) instanceof Dim.Fixed(long size) ? size : 1;
  }
}
