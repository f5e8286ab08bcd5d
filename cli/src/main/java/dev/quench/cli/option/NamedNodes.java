// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.CommandException;
import dev.quench.export.precision.NodeSelection;
import dev.quench.graph.Model;
import java.util.List;
import java.util.regex.Pattern;

/// Refuses names of nodes that no node has: a typing error would do just what was to be avoided.
public final class NamedNodes {
  private NamedNodes() {}

  /// @param pattern matched against whole names
  /// @throws CommandException if it matches none
  public static void require(String option, Pattern pattern, Model model) {
    boolean found =
        model.graph().nodes().stream()
            .anyMatch(node ->
                pattern.matcher(node.name()).matches() || pattern.pattern().equals(node.name()));
    require(option, pattern.pattern(), found);
  }

  /// @param pattern of a [NodeSelection]
  /// @throws CommandException if it matches none
  static void require(String option, String pattern, Model model) {
    NodeSelection selection = NodeSelection.of(List.of(pattern));
    require(option, pattern, model.graph().nodes().stream().anyMatch(selection::contains));
  }

  private static void require(String option, String pattern, boolean found) {
    if (!found) {
      throw new CommandException(
          "%s %s matches no node of the model; quench inspect --nodes lists them"
              .formatted(option, pattern));
    }
  }
}
