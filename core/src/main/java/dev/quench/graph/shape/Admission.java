// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.shape;

import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.op.OpSchema;
import dev.quench.graph.op.OpSchemas;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// Validates a graph before native code sees it: every node, also in nested graphs and in bodies of
/// called functions, has the form of its schema, and shapes can be inferred without contradiction.
/// A native library may end the process on anything else.
public final class Admission {
  /// Older operators have no schema here, and a name alone says nothing of their operands.
  private static final int OLDEST_OPSET = 7;

  private Admission() {}

  /// @param model not changed
  /// @param hasOperator which nodes without a schema here the native library has an operator for
  /// @throws ModelFormatException naming the node that is not admitted, and why
  public static void require(Model model, Predicate<Node> hasOperator) {
    ShapeInference.infer(model.copy(), (node, kind) -> check(node, kind, hasOperator));
  }

  private static void check(Node node, NodeCheck.Kind kind, Predicate<Node> hasOperator) {
    switch (kind) {
      case CALL -> checkCall(node);
      case CALL_BEYOND_BOUNDS ->
          throw new ModelFormatException(
              node.describe()
                  + ": functions call each other too deeply or expand to too many nodes; expand them"
                  + " when the model is exported");
      case OPERATOR -> checkOperator(node, hasOperator);
    }
  }

  /// The body is looked at next, unless a library prefers its own operator.
  private static void checkCall(Node node) {
    if (OpSchemas.find(node).isPresent()) {
      throw new ModelFormatException(
          node.describe()
              + ": a function of the model has the name of an ONNX operator; rename the function");
    }
  }

  private static void checkOperator(Node node, Predicate<Node> hasOperator) {
    Optional<OpSchema> schema = OpSchemas.find(node);
    if (schema.isEmpty()) {
      if (!hasOperator.test(node)) {
        throw new ModelFormatException(
            "%s: operator %s%s of opset %d is unknown; replace it by other operators"
                .formatted(
                    node.describe(),
                    node.domain().isEmpty() ? "" : node.domain() + ".",
                    node.opType(),
                    node.opset()));
      }
      if (node.domain().isEmpty() && node.opset() < OLDEST_OPSET) {
        throw new ModelFormatException(
            "%s: operators of opset %d cannot be checked; export the model again with opset %d or newer"
                .formatted(node.describe(), node.opset(), OLDEST_OPSET));
      }
      return;
    }
    List<String> problems = schema.get().check(node);
    // Of a newer opset than the schemas know, an attribute may be new.
    if (!problems.isEmpty() && node.opset() <= OpSchemas.NEWEST_OPSET) {
      throw new ModelFormatException(problems.getFirst());
    }
  }
}
