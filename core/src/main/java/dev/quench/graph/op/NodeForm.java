// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.List;
import java.util.Map;

/// Checks what inference rules and all later code take for granted: required inputs are present and
/// have a type that the operator accepts, inputs that stand for one number have one element, and
/// attributes are of the right kind.
public final class NodeForm {
  /// Inputs that must have exactly one element, by operator.
  private static final Map<String, List<Integer>> SINGLE =
      Map.of(
          "Clip", List.of(1, 2),
          "CumSum", List.of(1),
          "Dropout", List.of(1, 2),
          "If", List.of(0),
          "NonMaxSuppression", List.of(2, 3, 4),
          "OneHot", List.of(1),
          "Pad", List.of(2),
          "Range", List.of(0, 1, 2),
          "TopK", List.of(1),
          "Trilu", List.of(1));

  private NodeForm() {}

  /// @throws ModelFormatException naming the node and what is wrong with it
  public static void check(Node node, OpSchema schema) {
    List<String> problems = schema.checkForm(node);
    if (!problems.isEmpty()) {
      throw new ModelFormatException(problems.getFirst());
    }
    InputTypes.check(node, schema);
    checkSingle(node, schema);
  }

  private static void checkSingle(Node node, OpSchema schema) {
    for (int input : SINGLE.getOrDefault(node.opType(), List.of())) {
      Shape shape = node.input(input).shape().filter(Shape::isStatic).orElse(Shape.SCALAR);
      boolean single = shape.dims().stream().allMatch(Dim.of(1)::equals);
      if (!single) {
        throw new ModelFormatException(
            "%s input %d (%s): is of shape %s, expected one element"
                .formatted(node.describe(), input, schema.inputName(input), shape));
      }
    }
  }
}
