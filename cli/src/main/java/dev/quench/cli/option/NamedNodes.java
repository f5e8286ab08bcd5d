// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.CommandException;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeSelection;
import java.util.List;

/// Refuses names of nodes that no node has: a typing error would do just what was to be avoided.
public final class NamedNodes {
  private NamedNodes() {}

  /// @param pattern of a [NodeSelection]
  /// @throws CommandException if it matches none
  public static void require(String option, String pattern, Model model) {
    NodeSelection selection = NodeSelection.of(List.of(pattern));
    if (model.graph().nodes().stream().noneMatch(selection::contains)) {
      throw new CommandException(
          "%s %s matches no node of the model; quench inspect --nodes lists them"
              .formatted(option, pattern));
    }
  }
}
