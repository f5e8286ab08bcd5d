// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.List;
import java.util.Set;

/// A node under conditions of a target, and where to report those that it breaks.
record RestrictedNode(Node node, Report report) {
  /// Receives what is wrong with the node.
  @FunctionalInterface
  interface Report {
    void refuse(String reason, String remedy);
  }

  void refuse(String reason, String remedy) {
    report.refuse(reason, remedy);
  }

  /// Refuses a text attribute with another value.
  ///
  /// @param whenAbsent the value of a node without the attribute
  void requireAttribute(String attribute, Set<String> allowed, String whenAbsent, String remedy) {
    String value = node.textAttribute(attribute, whenAbsent);
    if (!allowed.contains(value)) {
      refuse(
          "%s is '%s', expected %s".formatted(attribute, value, String.join(", ", sorted(allowed))),
          remedy);
    }
  }

  /// Refuses an input that is present and computed.
  void requireConstant(int index, String role) {
    Value input = node.input(index);
    if (input.isPresent() && input.constant().isEmpty()) {
      refuse(
          "its %s '%s' is computed, expected a constant".formatted(role, input.name()),
          "fold constants, or make it an initializer");
    }
  }

  private static List<String> sorted(Set<String> names) {
    return names.stream().sorted().toList();
  }
}
