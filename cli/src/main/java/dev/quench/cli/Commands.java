// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.cli.command.BuildCommand;
import dev.quench.cli.command.CalibrateCommand;
import dev.quench.cli.command.CompareCommand;
import dev.quench.cli.command.CreateCommand;
import dev.quench.cli.command.DemoCommand;
import dev.quench.cli.command.DoctorCommand;
import dev.quench.cli.command.EvalCommand;
import dev.quench.cli.command.ExportCommand;
import dev.quench.cli.command.InspectCommand;
import dev.quench.cli.command.Int8Command;
import dev.quench.cli.command.OptimizeCommand;
import dev.quench.cli.command.ProfileCommand;
import dev.quench.cli.command.QuantizeCommand;
import dev.quench.cli.command.RecipeCommand;
import dev.quench.cli.command.ReproduceCommand;
import dev.quench.cli.command.RunCommand;
import dev.quench.cli.command.TrainCommand;
import dev.quench.cli.command.debug.DebugCommand;
import dev.quench.cli.command.factor.FactorCommand;
import dev.quench.cli.command.graph.GraphCommand;
import dev.quench.cli.command.prune.PruneCommand;
import dev.quench.cli.command.table.TableCommand;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// The commands. Each is read only where it is called or asked about, since reading the options of
/// all takes longer than most of them run.
final class Commands {
  /// In the order of help.
  static final List<String> NAMES =
      List.of(
          "demo",
          "doctor",
          "inspect",
          "optimize",
          "graph",
          "create",
          "train",
          "prune",
          "factor",
          "recipe",
          "reproduce",
          "int8",
          "calibrate",
          "table",
          "quantize",
          "export",
          "build",
          "run",
          "profile",
          "eval",
          "compare",
          "debug");

  private Commands() {}

  /// The command itself, with its options.
  static CommandLine read(String name) {
    return new CommandLine(type(name));
  }

  /// The command as lists of commands show it: its name and what it does in one line.
  static CommandLine outline(String name) {
    Command declared = type(name).getAnnotation(Command.class);
    return new CommandLine(
        CommandSpec.create()
            .name(name)
            .usageMessage(new UsageMessageSpec().header(declared.header())));
  }

  private static Class<?> type(String name) {
    return switch (name) {
      case "demo" -> DemoCommand.class;
      case "doctor" -> DoctorCommand.class;
      case "inspect" -> InspectCommand.class;
      case "optimize" -> OptimizeCommand.class;
      case "graph" -> GraphCommand.class;
      case "create" -> CreateCommand.class;
      case "train" -> TrainCommand.class;
      case "prune" -> PruneCommand.class;
      case "factor" -> FactorCommand.class;
      case "recipe" -> RecipeCommand.class;
      case "reproduce" -> ReproduceCommand.class;
      case "int8" -> Int8Command.class;
      case "calibrate" -> CalibrateCommand.class;
      case "table" -> TableCommand.class;
      case "quantize" -> QuantizeCommand.class;
      case "export" -> ExportCommand.class;
      case "build" -> BuildCommand.class;
      case "run" -> RunCommand.class;
      case "profile" -> ProfileCommand.class;
      case "eval" -> EvalCommand.class;
      case "compare" -> CompareCommand.class;
      case "debug" -> DebugCommand.class;
      default -> throw new IllegalArgumentException("no command is called " + name);
    };
  }
}
