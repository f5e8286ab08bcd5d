// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// What the command line asks for.
///
/// @param role of this process
/// @param budget of time for all steps
/// @param out where results go
/// @param rehearsal whether to stop at the stand-ins for CUDA
/// @param steps at least one, in order
record SuiteOptions(
    Role role, Duration budget, Path out, boolean rehearsal, List<SuiteStep> steps) {
  /// What a process of the suite does.
  enum Role {
    /// Starts the others.
    ALL,
    /// Runs the one step.
    STEP,
    /// Finds out what machine this is.
    MACHINE
  }

  private static final Duration BUDGET = Duration.ofMinutes(8);

  /// @throws IllegalArgumentException saying what is wrong with the arguments
  static SuiteOptions parse(String... arguments) {
    Role role = Role.ALL;
    Duration budget = BUDGET;
    Path out = Path.of("results");
    boolean rehearsal = false;
    Set<SuiteStep> steps = EnumSet.noneOf(SuiteStep.class);
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--budget" -> budget = budget(value(arguments, ++i));
        case "--out" -> out = Path.of(value(arguments, ++i));
        case "--rehearse" -> rehearsal = true;
        case "--step" -> {
          role = Role.STEP;
          steps.add(SuiteStep.of(value(arguments, ++i)));
        }
        case "--machine" -> role = Role.MACHINE;
        default -> steps.add(SuiteStep.of(arguments[i]));
      }
    }
    List<SuiteStep> wanted = List.copyOf(steps.isEmpty() ? EnumSet.allOf(SuiteStep.class) : steps);
    return new SuiteOptions(role, budget, out, rehearsal, wanted);
  }

  /// The arguments with which a process runs one of the steps.
  List<String> forStep(SuiteStep step) {
    List<String> arguments = new ArrayList<>(common());
    if (step.program().isEmpty()) {
      arguments.addAll(List.of("--step", step.label()));
    }
    return arguments;
  }

  /// The arguments with which a process finds out what machine this is.
  List<String> forMachine() {
    List<String> arguments = new ArrayList<>(common());
    arguments.add("--machine");
    return arguments;
  }

  private List<String> common() {
    return rehearsal
        ? List.of("--out", out.toString(), "--rehearse")
        : List.of("--out", out.toString());
  }

  private static String value(String[] arguments, int index) {
    if (index >= arguments.length) {
      throw new IllegalArgumentException(arguments[index - 1] + " needs a value");
    }
    return arguments[index];
  }

  private static Duration budget(String text) {
    try {
      return Duration.parse("PT" + text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "--budget takes a time such as 8m or 500s, got '" + text + "'", e);
    }
  }
}
