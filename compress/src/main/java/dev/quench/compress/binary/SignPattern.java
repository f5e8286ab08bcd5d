// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.Optional;

/// The sign of an activation in plain ONNX nodes: `Where(GreaterOrEqual(x, 0), +1, −1)`, so +1 at
/// both zeroes and −1 for NaN.
public final class SignPattern {
  private SignPattern() {}

  /// Appends the two nodes to a graph.
  ///
  /// @param name of the nodes' output, which must be free
  /// @return the sign, of the type of x
  public static Value append(Graph graph, String name, Value x) {
    Node where = graph.append(where(graph, name, appendCondition(graph, name, x)));
    where.output(0).setType(x.type().orElse(null));
    return where.output(0);
  }

  /// Makes the two nodes right before `anchor`.
  static Value insertBefore(Graph graph, Node anchor, String name, Value x) {
    Node condition = graph.insertBefore(anchor, condition(graph, name, x));
    Node where = graph.insertBefore(anchor, where(graph, name, condition.output(0)));
    where.output(0).setType(x.type().orElse(null));
    return where.output(0);
  }

  /// What a `Where` node takes the sign of; empty for any other node.
  public static Optional<Value> operand(Node where) {
    if (!where.is("Where") || !isAll(where.input(1), 1) || !isAll(where.input(2), -1)) {
      return Optional.empty();
    }
    return where
        .input(0)
        .producer()
        .filter(node -> node.is("GreaterOrEqual") && isAll(node.input(1), 0))
        .map(node -> node.input(0));
  }

  private static Value appendCondition(Graph graph, String name, Value x) {
    return graph.append(condition(graph, name, x)).output(0);
  }

  private static NodeBuilder condition(Graph graph, String name, Value x) {
    return NodeBuilder.of("GreaterOrEqual")
        .name(name + ".condition")
        .inputs(x, scalar(graph, "zero", 0))
        .output(
            graph.uniqueName(name + ".condition"),
            x.shape().<ValueType>map(shape -> ValueType.tensor(DataType.BOOL, shape)).orElse(null));
  }

  private static NodeBuilder where(Graph graph, String name, Value condition) {
    return NodeBuilder.of("Where")
        .name(name)
        .inputs(condition, scalar(graph, "plus_one", 1), scalar(graph, "minus_one", -1))
        .output(graph.uniqueName(name));
  }

  private static Value scalar(Graph graph, String name, float value) {
    return graph
        .value(name)
        .filter(existing -> isAll(existing, value))
        .orElseGet(() -> graph.addConstant(name, Tensor.scalar(value)));
  }

  private static boolean isAll(Value value, float expected) {
    Optional<Tensor> constant = value.constant();
    if (constant.isEmpty() || constant.get().dataType() != DataType.FLOAT) {
      return false;
    }
    for (float element : constant.get().toFloats()) {
      if (element != expected) {
        return false;
      }
    }
    return constant.get().elements() > 0;
  }
}
