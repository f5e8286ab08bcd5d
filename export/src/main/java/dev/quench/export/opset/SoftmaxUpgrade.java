// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.opset;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.List;
import java.util.Optional;

/// `Softmax`, `LogSoftmax` and `Hardmax` before opset 13 flatten their input to two dimensions at
/// `axis` (1 by default) and normalize rows; since then they normalize along one axis (the last by
/// default).
final class SoftmaxUpgrade {
  private SoftmaxUpgrade() {}

  static void apply(Node node) {
    long axis = node.intAttribute("axis", 1);
    if (axis == -1 || isOneAxis(node.input(0).shape(), axis)) {
      node.setAttribute("axis", AttributeValue.of(axis));
      return;
    }
    Graph graph = node.graph();
    Value input = node.input(0);
    Value output = node.output(0);
    Value shape =
        graph
            .insertBefore(
                node,
                NodeBuilder.of("Shape")
                    .inputs(input)
                    .output(graph.uniqueName(output.name() + "_shape")))
            .output(0);
    Value rows =
        graph
            .insertBefore(
                node,
                NodeBuilder.of("Flatten")
                    .inputs(input)
                    .attribute("axis", axis)
                    .output(graph.uniqueName(output.name() + "_rows")))
            .output(0);
    Node flat =
        graph.insertBefore(
            node,
            NodeBuilder.of(node.opType())
                .name(node.name())
                .inputs(rows)
                .attribute("axis", 1)
                .output(graph.uniqueName(output.name() + "_normalized")));
    Node reshape =
        graph.insertBefore(
            node,
            NodeBuilder.of("Reshape")
                .inputs(flat.output(0), shape)
                .output(graph.uniqueName(output.name())));
    graph.adoptOutput(reshape, 0, output);
    graph.remove(node);
  }

  /// Whether all dimensions after `axis` are 1.
  private static boolean isOneAxis(Optional<Shape> shape, long axis) {
    if (shape.isEmpty()) {
      return false;
    }
    List<Dim> dims = shape.get().dims();
    long first = axis < 0 ? axis + dims.size() : axis;
    return first >= 0
        && first < dims.size()
        && dims.subList((int) first + 1, dims.size()).stream().allMatch(Dim.of(1)::equals);
  }
}
