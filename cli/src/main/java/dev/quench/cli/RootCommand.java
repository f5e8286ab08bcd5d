// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

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
    versionProvider = Version.class)
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
    String[] asked = withHelp(args);
    CommandLine commandLine = commandLine(asked).setOut(results);
    int code = commandLine.execute(asked);
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
    String[] words = Arrays.copyOfRange(args, 1, args.length);
    CommandLine named = commandLine(words);
    for (String word : words) {
      named = named.getSubcommands().get(word);
      if (named == null) {
        return words;
      }
    }
    String[] asked = Arrays.copyOfRange(args, 1, args.length + 1);
    asked[asked.length - 1] = "--help";
    return asked;
  }

  /// The whole command line, writing to the standard streams until told otherwise.
  static CommandLine commandLine() {
    CommandLine root = new CommandLine(new RootCommand());
    Commands.NAMES.forEach(name -> root.addSubcommand(name, Commands.read(name)));
    return prepared(root);
  }

  /// What is needed of the command line to execute `args`: the command that they name, or the
  /// outlines of all.
  static CommandLine commandLine(String... args) {
    String first = args.length == 0 ? "" : args[0];
    if (first.startsWith("@")) {
      return commandLine(); // a file of arguments may name any
    }
    CommandLine root = new CommandLine(new RootCommand());
    if (Commands.NAMES.contains(first)) {
      root.addSubcommand(first, Commands.read(first));
    } else {
      Commands.NAMES.forEach(name -> root.addSubcommand(name, Commands.outline(name)));
    }
    return prepared(root);
  }

  private static CommandLine prepared(CommandLine commandLine) {
    ErrorReporting errors = new ErrorReporting();
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
