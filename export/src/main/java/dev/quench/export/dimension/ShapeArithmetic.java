// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Adds the nodes that compute sizes of tensors, right before the node that needs them.
final class ShapeArithmetic {
  private final Graph graph;
  private final Node anchor;
  private final String prefix;

  ShapeArithmetic(Node anchor) {
    this.graph = anchor.graph();
    this.anchor = anchor;
    this.prefix = anchor.output(0).name();
  }

  /// Size of `value` along an axis, INT64 `[1]`.
  Value size(Value value, int axis) {
    Value shape =
        add(
            NodeBuilder.of("Shape").inputs(value),
            "shape",
            value.shape().map(Shape::rank).orElse(0));
    Value index = graph.addConstant(prefix + "_axis", Tensor.vector(axis));
    return add(NodeBuilder.of("Gather").inputs(shape, index).attribute("axis", 0), "size", 1);
  }

  /// INT64 `[1]`.
  Value constant(long value) {
    return graph.addConstant(prefix + "_size", Tensor.vector(value));
  }

  Value product(Value first, Value second) {
    return add(NodeBuilder.of("Mul").inputs(first, second), "product", 1);
  }

  /// INT64 `[n]` of `n` values of one element.
  Value vector(List<Value> elements) {
    return add(
        NodeBuilder.of("Concat").inputs(new ArrayList<>(elements)).attribute("axis", 0),
        "sizes",
        elements.size());
  }

  private Value add(NodeBuilder builder, String what, long length) {
    String name = graph.uniqueName(prefix + "_" + what);
    return graph
        .insertBefore(
            anchor,
            builder
                .name(graph.uniqueNodeName(name))
                .output(name, ValueType.tensor(DataType.INT64, Shape.of(length))))
        .output(0);
  }
}
