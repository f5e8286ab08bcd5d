// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/// Checks what every reader of a graph relies on: edges and use lists agree, every value read is
/// defined in scope, nodes are sorted, and no graph output is missing.
public final class GraphValidator {
  private GraphValidator() {}

  /// @throws ModelFormatException naming the graph, node and value where the model is broken
  public static void validate(Model model) {
    check(model.graph());
    for (Function function : model.functions()) {
      check(function.body());
    }
  }

  private static void check(Graph graph) {
    Set<Node> members = Collections.newSetFromMap(new IdentityHashMap<>());
    members.addAll(graph.nodes());
    for (Node node : graph.nodes()) {
      for (int i = 0; i < node.inputs().size(); i++) {
        Value input = node.input(i);
        if (input.isPresent()) {
          checkDefined(graph, input, node.describe() + " input " + i);
          if (!input.uses.contains(new Use(node, i))) {
            throw new ModelFormatException(
                "%s input %d: %s does not know this use".formatted(node.describe(), i, input));
          }
        }
      }
      for (int i = 0; i < node.outputs().size(); i++) {
        Value output = node.output(i);
        if (output.isPresent() && (output.producer != node || output.outputIndex != i)) {
          throw new ModelFormatException(
              "%s output %d: %s has another producer".formatted(node.describe(), i, output));
        }
      }
      for (Graph nested : node.nestedGraphs()) {
        if (nested.parent().orElse(null) != graph) {
          throw new ModelFormatException(
              "%s: its nested graph '%s' belongs elsewhere"
                  .formatted(node.describe(), nested.name()));
        }
        check(nested);
      }
    }
    for (Value output : graph.outputs()) {
      checkDefined(graph, output, "an output of graph '" + graph.name() + "'");
      if (output.producer != null
          && output.graph() == graph
          && !members.contains(output.producer)) {
        throw new ModelFormatException(
            "graph '%s': output %s is produced by a removed node".formatted(graph.name(), output));
      }
    }
    if (!graph.isTopologicallySorted()) {
      throw new ModelFormatException(
          "graph '" + graph.name() + "': a node reads a value before it is computed");
    }
  }

  private static void checkDefined(Graph scope, Value value, String where) {
    if (scope.resolve(value.name()).orElse(null) != value) {
      throw new ModelFormatException(
          where
              + ": "
              + value
              + " is neither a graph input, an initializer nor the output of a node in scope");
    }
    if (value.producer == null && !value.isGraphInput() && !value.isInitializer()) {
      throw new ModelFormatException(where + ": " + value + " has lost its producer");
    }
  }
}
