// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// The parsed command line.
///
/// @param role of this process
/// @param budget for all steps
/// @param out folder of the results
/// @param rehearsal whether to stop at the stand-ins for CUDA
/// @param steps at least one, in order
record SuiteOptions(
    Role role, Duration budget, Path out, boolean rehearsal, List<SuiteStep> steps) {
  /// The task of a process of the suite.
  enum Role {
    /// Starts the other processes.
    ALL,
    /// Runs one step.
    STEP,
    /// Identifies the machine.
    MACHINE
  }

  private static final Duration BUDGET = Duration.ofMinutes(8);

  /// @throws IllegalArgumentException if the arguments are wrong, with the reason
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

  /// Arguments of a process that runs `step`.
  List<String> forStep(SuiteStep step) {
    List<String> arguments = new ArrayList<>(common());
    if (step.program().isEmpty()) {
      arguments.addAll(List.of("--step", step.label()));
    }
    return arguments;
  }

  /// Arguments of a process that identifies the machine.
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
      throw new IllegalArgumentException(arguments[index - 1] + ": expected a value");
    }
    return arguments[index];
  }

  private static Duration budget(String text) {
    try {
      return Duration.parse("PT" + text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "--budget: expected a time such as 8m or 500s, got '" + text + "'", e);
    }
  }
}
