// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.eval.Backends;
import dev.quench.eval.Choice;
import dev.quench.run.Availability.Unavailable;
import dev.quench.run.Backend;
import java.util.stream.Collectors;

/// Finds backends by the names that users write.
final class BackendOption {
  private BackendOption() {}

  /// The backend of that name, which must be able to run here; for `auto` the reason of the choice
  /// is noted.
  ///
  /// @throws picocli.CommandLine.ParameterException if there is no backend of that name
  /// @throws CommandException if it cannot run here, with the reason and the remedy
  static Backend available(String name, QuenchCommand command) {
    if (name.equals("auto")) {
      Choice choice = Backends.auto();
      command.note("backend " + choice.reason());
      return choice.backend();
    }
    Backend backend = named(name, command);
    if (backend.availability() instanceof Unavailable(String reason, String remedy)) {
      throw new CommandException(name + " is not available: " + reason + "; " + remedy);
    }
    return backend;
  }

  /// The backend of that name, able to run here or not.
  static Backend named(String name, QuenchCommand command) {
    if (Backends.all().stream().noneMatch(backend -> backend.name().equals(name))) {
      throw command.wrongUsage(
          "there is no backend '"
              + name
              + "'; there are auto, "
              + Backends.all().stream().map(Backend::name).collect(Collectors.joining(", ")));
    }
    return Backends.named(name);
  }
}
