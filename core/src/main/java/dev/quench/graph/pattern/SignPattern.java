// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Optional;
import java.util.OptionalDouble;

/// The sign of an activation in plain ONNX nodes, +1 at both zeroes: `Where(GreaterOrEqual(x, 0),
/// +1, −1)`, −1 for NaN. Recognized too are the forms that agree for every number: `Where(Less(x,
/// 0), −1, +1)`, and both with the operands of the comparison swapped.
public final class SignPattern {
  private SignPattern() {}

  /// Whether the node takes signs.
  public static boolean is(Node node) {
    return of(node) instanceof Match.Found;
  }

  /// What a `Where` node takes the sign of. `Sign` and choices by another comparison are refused.
  public static Match<Value> of(Node node) {
    if (node.is("Sign")) {
      return Match.refused(
          "Sign gives 0 for 0; write the sign as Where(GreaterOrEqual(x, 0), 1, -1)");
    }
    if (!node.is("Where")) {
      return Match.absent();
    }
    Optional<Node> condition = node.input(0).producer();
    OptionalDouble whenTrue = constant(node.input(1));
    OptionalDouble whenFalse = constant(node.input(2));
    if (condition.isEmpty() || whenTrue.isEmpty() || whenFalse.isEmpty()) {
      return Match.refused("it does not choose between two constants by a comparison");
    }
    Node compare = condition.get();
    boolean zeroLast = constant(compare.input(1)).orElse(1) == 0;
    boolean zeroFirst = constant(compare.input(0)).orElse(1) == 0;
    if (!compare.domain().isEmpty() || zeroFirst == zeroLast) {
      return Match.refused(compare.describe() + " does not compare with 0");
    }
    String relation = compare.opType();
    boolean atLeastZero = relation.equals(zeroLast ? "GreaterOrEqual" : "LessOrEqual");
    boolean belowZero = relation.equals(zeroLast ? "Less" : "Greater");
    if (!atLeastZero && !belowZero) {
      return Match.refused(
          compare.describe() + " does not count 0 as positive; use GreaterOrEqual(x, 0)");
    }
    double positive = atLeastZero ? whenTrue.getAsDouble() : whenFalse.getAsDouble();
    double negative = atLeastZero ? whenFalse.getAsDouble() : whenTrue.getAsDouble();
    if (positive != 1 || negative != -1) {
      return Match.refused(
          "it gives %s from 0 on and %s below, expected 1 and -1".formatted(positive, negative));
    }
    Value source = compare.input(zeroLast ? 0 : 1);
    if (!source.dataType().equals(Optional.of(DataType.FLOAT))
        || !node.output(0).dataType().equals(Optional.of(DataType.FLOAT))) {
      return Match.refused("its values are not FLOAT");
    }
    if (!source.shape().equals(node.output(0).shape())) {
      return Match.refused("its constants change the shape");
    }
    return Match.found(source);
  }

  /// Appends the two nodes of the sign of `x` to a graph.
  ///
  /// @param name of the nodes' output, which must be free
  /// @return the sign, of the type of x
  public static Value append(Graph graph, String name, Value x) {
    Value condition = graph.append(condition(graph, name, x)).output(0);
    Node where = graph.append(where(graph, name, condition));
    where.output(0).setType(x.type().orElse(null));
    return where.output(0);
  }

  /// Inserts the two nodes of the sign of `x` right before `anchor`.
  ///
  /// @param name of the nodes' output, which must be free
  /// @return the sign, of the type of x
  public static Value insertBefore(Graph graph, Node anchor, String name, Value x) {
    Node condition = graph.insertBefore(anchor, condition(graph, name, x));
    Node where = graph.insertBefore(anchor, where(graph, name, condition.output(0)));
    where.output(0).setType(x.type().orElse(null));
    return where.output(0);
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
        .filter(existing ->
            existing
                .initializer()
                .filter(tensor -> tensor.dataType() == DataType.FLOAT)
                .filter(tensor -> tensor.shape().equals(Shape.SCALAR))
                .isPresent())
        .filter(existing -> constant(existing).equals(OptionalDouble.of(value)))
        .orElseGet(() -> graph.addConstant(name, Tensor.scalar(value)));
  }

  /// The one number that all elements of a floating constant have.
  private static OptionalDouble constant(Value value) {
    Tensor tensor = value.constant().orElse(null);
    if (tensor == null || tensor.elements() == 0 || !tensor.dataType().isFloating()) {
      return OptionalDouble.empty();
    }
    double first = tensor.doubleAt(0);
    for (long i = 1; i < tensor.elements(); i++) {
      if (tensor.doubleAt(i) != first) {
        return OptionalDouble.empty();
      }
    }
    return OptionalDouble.of(first);
  }
}
