// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.NodeSelection;
import java.util.ArrayList;
import java.util.List;

/// Nodes that an option selects by patterns of a [NodeSelection]. A pattern that selects nothing is
/// refused: a typing error would do just what was to be avoided.
public final class NamedNodes {
  private NamedNodes() {}

  /// A pattern without a prefix that no name matches is tried as a regular expression, and a note
  /// says so where it was meant as one.
  ///
  /// @throws picocli.CommandLine.ParameterException if one is not a pattern
  /// @throws CommandException if a pattern selects no node of the main graph
  public static NodeSelection select(
      String option, List<String> patterns, Model model, QuenchCommand command) {
    List<String> meant = new ArrayList<>();
    for (String pattern : patterns) {
      List<Node> named = named(option, pattern, model, command);
      List<Node> expressed = asExpression(pattern, model);
      if (named.isEmpty() && expressed.isEmpty()) {
        throw new CommandException(
            "%s %s matches no node of the model; quench inspect --nodes lists them"
                .formatted(option, pattern));
      }
      if (named.isEmpty()) {
        command.note("note: no node has the name %s; read as regex:%s".formatted(pattern, pattern));
      } else if (!named.containsAll(expressed)) {
        command.note(
            "note: %s selects %d nodes as a name with * and ?; for the %d that it matches as a regular expression write regex:%s"
                .formatted(pattern, named.size(), expressed.size(), pattern));
      }
      meant.add(named.isEmpty() ? "regex:" + pattern : pattern);
    }
    return NodeSelection.of(meant);
  }

  private static List<Node> named(
      String option, String pattern, Model model, QuenchCommand command) {
    try {
      return nodes(pattern, model);
    } catch (IllegalArgumentException e) {
      throw command.wrongUsage(option + ": " + e.getMessage());
    }
  }

  private static List<Node> nodes(String pattern, Model model) {
    NodeSelection selection = NodeSelection.of(List.of(pattern));
    return model.graph().nodes().stream().filter(selection::contains).toList();
  }

  /// What a pattern without a prefix selects as a regular expression; nothing where it is not one.
  private static List<Node> asExpression(String pattern, Model model) {
    if (NodeSelection.hasPrefix(pattern)) {
      return List.of();
    }
    try {
      return nodes("regex:" + pattern, model);
    } catch (IllegalArgumentException _) {
      return List.of();
    }
  }
}
