// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.ArrayList;
import java.util.List;

/// What each node reads and writes, with types and shapes.
///
/// @param model with the shapes to show
public record Wiring(Model model) {
  /// Three lines a node.
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Node node : model.graph().allNodes()) {
      lines.add(
          node.name().isEmpty() ? node.opType() : "%s (%s)".formatted(node.name(), node.opType()));
      lines.add("  reads   " + listed(node.inputs()));
      lines.add("  writes  " + listed(node.outputs()));
    }
    return lines;
  }

  /// Adds edges to the entries of nodes, which are in the same order.
  void addTo(ArrayNode nodes) {
    int index = 0;
    for (Node node : model.graph().allNodes()) {
      ObjectNode entry = (ObjectNode) nodes.get(index++);
      add(entry.putArray("inputs"), node.inputs());
      add(entry.putArray("outputs"), node.outputs());
    }
  }

  private static void add(ArrayNode list, List<Value> values) {
    for (Value value : values) {
      list.addObject()
          .put("name", value.name())
          .put("type", type(value))
          .put("constant", value.constant().isPresent());
    }
  }

  private static String listed(List<Value> values) {
    List<String> all = new ArrayList<>();
    for (Value value : values) {
      // An input that is left out has no name.
      if (!value.name().isEmpty()) {
        all.add(
            "%s%s %s"
                .formatted(
                    value.constant().isPresent() ? "constant " : "", value.name(), type(value)));
      }
    }
    return all.isEmpty() ? "nothing" : String.join(", ", all);
  }

  private static String type(Value value) {
    return value.type().map(Object::toString).orElse("of unknown type");
  }
}
