// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import java.util.List;

/// What inference rules, and everything that comes after them, rely on without looking again: the
/// inputs that must be there are there and have a type the operator takes, and attributes are of
/// their kind.
public final class NodeForm {
  private NodeForm() {}

  /// @throws ModelFormatException naming the node and what is wrong with it
  public static void check(Node node, OpSchema schema) {
    List<String> problems = schema.checkForm(node);
    if (!problems.isEmpty()) {
      throw new ModelFormatException(problems.getFirst());
    }
    InputTypes.check(node, schema);
  }
}
