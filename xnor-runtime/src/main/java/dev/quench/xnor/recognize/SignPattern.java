// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.Optional;
import java.util.OptionalDouble;

/// A sign: `Where(GreaterOrEqual(x, 0), +1, -1)` or a form that gives the same for every number:
/// `Where(Less(x, 0), -1, +1)`, and both with operands swapped.
///
/// @param compare the node that gives the condition
/// @param source what the sign is taken of
record SignPattern(Node compare, Value source) {
  /// Looks at a `Where` or `Sign` node.
  static Match<SignPattern> of(Node node) {
    if (node.is("Sign")) {
      return Match.refused(
          "Sign gives 0 for 0; write the sign as Where(GreaterOrEqual(x, 0), 1, -1)");
    }
    Optional<Node> condition = node.input(0).producer();
    OptionalDouble whenTrue = scalar(node.input(1));
    OptionalDouble whenFalse = scalar(node.input(2));
    if (condition.isEmpty() || whenTrue.isEmpty() || whenFalse.isEmpty()) {
      return Match.refused("it does not choose between two constants by a comparison");
    }
    Node compare = condition.get();
    boolean zeroLast = scalar(compare.input(1)).orElse(1) == 0;
    boolean zeroFirst = scalar(compare.input(0)).orElse(1) == 0;
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
    return Match.found(new SignPattern(compare, source));
  }

  /// The value of a constant with one element.
  private static OptionalDouble scalar(Value value) {
    Optional<Tensor> constant = value.constant();
    return constant.isPresent()
            && constant.get().elements() == 1
            && constant.get().dataType().isFloating()
        ? OptionalDouble.of(constant.get().doubleAt(0))
        : OptionalDouble.empty();
  }
}
