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
import dev.quench.cli.command.FactorCommand;
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
import dev.quench.cli.command.graph.GraphCommand;
import dev.quench.cli.command.prune.PruneCommand;
import dev.quench.cli.command.table.TableCommand;
import dev.quench.cli.help.GroupedOptionList;
import dev.quench.cli.output.ErrorReporting;
import dev.quench.cli.output.ExitCode;
import dev.quench.cli.output.StandardOutput;
import dev.quench.io.NativeLibraries;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The root command; each verb is a subcommand of it.
@Command(
    name = "quench",
    description = {
      "Takes a trained neural network to INT8 and runs it on every backend.",
      "",
      "Begin with 'quench demo', or with 'quench doctor' to see what this machine offers."
    },
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footerHeading = "%nExit codes:%n",
    footer = {
      "  0  done",
      "  1  failed; one line says why",
      "  2  wrong usage",
      "  3  done, but a check did not hold (--min-top1, --max-drop, ...)",
      "",
      "'quench help COMMAND' explains a command and ends with an example."
    },
    versionProvider = Version.class,
    subcommands = {
      DemoCommand.class,
      DoctorCommand.class,
      InspectCommand.class,
      OptimizeCommand.class,
      GraphCommand.class,
      CreateCommand.class,
      TrainCommand.class,
      PruneCommand.class,
      FactorCommand.class,
      RecipeCommand.class,
      ReproduceCommand.class,
      Int8Command.class,
      CalibrateCommand.class,
      TableCommand.class,
      QuantizeCommand.class,
      ExportCommand.class,
      BuildCommand.class,
      RunCommand.class,
      ProfileCommand.class,
      EvalCommand.class,
      CompareCommand.class,
      DebugCommand.class
    })
public final class RootCommand implements Runnable {
  @Spec private CommandSpec spec;

  @SuppressWarnings("unused") // picocli looks at it
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @SuppressWarnings("unused") // picocli looks at it
  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the version and exit.")
  private boolean version;

  private RootCommand() {}

  /// Runs one command whose results go to `out`.
  ///
  /// @return the exit code: [ExitCode#FAILED] also when something could not be written to `out`
  public static int execute(String[] args, StandardOutput out) {
    // Results are the same everywhere: no digits or separators of the user's own language.
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    NativeLibraries.useCheckedFolder();
    PrintWriter results = new PrintWriter(new OutputStreamWriter(out, System.out.charset()), true);
    CommandLine commandLine = commandLine().setOut(results);
    int code = commandLine.execute(withHelp(args));
    results.flush();
    Optional<IOException> failure = out.failure();
    if (failure.isEmpty()) {
      return code;
    }
    ErrorReporting.reportOutput(failure.get(), commandLine);
    return code == ExitCode.DONE ? ExitCode.FAILED : code;
  }

  /// `help COMMAND...` as `COMMAND... --help`, and `help` alone as `--help`. An unknown command
  /// stands alone, so that it is refused.
  static String[] withHelp(String[] args) {
    if (args.length == 0 || !args[0].equals("help")) {
      return args;
    }
    CommandLine named = commandLine();
    for (String word : Arrays.asList(args).subList(1, args.length)) {
      named = named.getSubcommands().get(word);
      if (named == null) {
        return Arrays.copyOfRange(args, 1, args.length);
      }
    }
    String[] asked = Arrays.copyOfRange(args, 1, args.length + 1);
    asked[asked.length - 1] = "--help";
    return asked;
  }

  /// The whole command line, writing to the standard streams until told otherwise.
  static CommandLine commandLine() {
    ErrorReporting errors = new ErrorReporting();
    CommandLine commandLine = new CommandLine(new RootCommand());
    commandLine.setExecutionExceptionHandler(errors);
    commandLine.setParameterExceptionHandler(errors);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setUsageHelpAutoWidth(true);
    commandLine.setAbbreviatedOptionsAllowed(false);
    GroupedOptionList.install(commandLine);
    return commandLine;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a command");
  }
}
