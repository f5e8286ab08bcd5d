// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.graph.Model;
import dev.quench.run.Availability.Unavailable;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Choice;
import java.util.List;
import java.util.stream.Collectors;

/// Finds backends by the names that users write.
public final class BackendOption {
  private BackendOption() {}

  /// The backend of that name, which must be able to run here; for `auto` the reason of the choice
  /// is noted.
  ///
  /// @param model that is to run; `auto` depends on it
  /// @throws CommandException if it cannot run here, with the reason and the remedy
  public static Backend available(String name, Model model, QuenchCommand command) {
    if (name.equals("auto")) {
      Choice choice = Backends.auto(model);
      command.note("backend " + choice.reason());
      return choice.backend();
    }
    Backend backend = Backends.named(name);
    if (backend.availability() instanceof Unavailable(String reason, String remedy)) {
      throw new CommandException(name + " is not available: " + reason + "; " + remedy);
    }
    command.detail("backend " + name + ", as asked for");
    return backend;
  }

  /// Refuses names that no backend has, before any work.
  ///
  /// @throws picocli.CommandLine.ParameterException listing the known backends
  public static void check(List<String> names, QuenchCommand command) {
    for (String name : names) {
      if (!name.equals("auto")
          && Backends.all().stream().noneMatch(backend -> backend.name().equals(name))) {
        throw command.wrongUsage(
            "unknown backend '"
                + name
                + "'; expected auto, "
                + Backends.all().stream().map(Backend::name).collect(Collectors.joining(", ")));
      }
    }
  }
}
