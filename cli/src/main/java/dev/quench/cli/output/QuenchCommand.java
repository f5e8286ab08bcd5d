// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.progress.ConsoleProgress;
import dev.quench.cli.progress.StandardStream;
import dev.quench.cli.progress.TimedProgress;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.RecipeListener;
import dev.quench.run.OrderlyExit;
import dev.quench.run.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// What all commands share: help, the choice of output form, where output goes, how errors end the
/// command.
///
/// Results go to standard output: text for people, or with `--json` one JSON document and nothing
/// else, which for a command that fails before it has a result holds the error. Notes, progress and
/// errors go to standard error.
@Command(
    descriptionHeading = "%n",
    parameterListHeading = "%n",
    optionListHeading = "",
    footerHeading = "%nExample:%n",
    requiredOptionMarker = '*',
    abbreviateSynopsis = true)
@OptionGroup(OptionGroup.COMMON)
public abstract class QuenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @SuppressWarnings("unused") // picocli looks at it
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = "--json",
      description = "Print the result as JSON, and only that, on standard output.")
  private boolean json;

  @Mixin private Verbosity verbosity = new Verbosity();

  private boolean reported;

  @Option(names = "--debug", order = 902, description = "Show where in the program an error arose.")
  private boolean debug;

  /// Does the command's work.
  ///
  /// @throws CheckFailedException when the work is done but a bound on its result does not hold
  /// @throws IOException if a file cannot be read or written
  public abstract void execute() throws IOException;

  @Override
  public final Integer call() {
    try (OrderlyExit.Report _ = OrderlyExit.ofProcess().report()) {
      return reported();
    }
  }

  private int reported() {
    if (verbosity.isQuiet() && verbosity.isVerbose()) {
      throw wrongUsage("--quiet and --verbose exclude each other; give one");
    }
    long startNanos = System.nanoTime();
    detail(ThisProcess.described());
    try {
      execute();
      detail(ThisProcess.spent(System.nanoTime() - startNanos));
      return ExitCode.DONE;
    } catch (ParameterException e) {
      throw e;
    } catch (IOException | RuntimeException | Error e) {
      return ErrorReporting.report(e, commandLine());
    } finally {
      commandLine().getOut().flush();
      commandLine().getErr().flush();
    }
  }

  final CommandLine commandLine() {
    return spec.commandLine();
  }

  final boolean isDebug() {
    return debug;
  }

  public final boolean isJson() {
    return json;
  }

  /// Whether an option was given, whatever its value.
  ///
  /// @param name with its dashes
  public final boolean isGiven(String name) {
    return commandLine().getParseResult().hasMatchedOption(name);
  }

  /// The arguments that set some options in this call, one `--name=value` each.
  ///
  /// @param options as another command declares them
  public final List<String> argumentsOf(List<CommandLine.Model.OptionSpec> options) {
    List<String> arguments = new ArrayList<>();
    for (CommandLine.Model.OptionSpec option : options) {
      CommandLine.Model.OptionSpec own =
          commandLine().getParseResult().matchedOption(option.longestName());
      if (own != null) {
        own.originalStringValues().forEach(value -> arguments.add(own.longestName() + "=" + value));
      }
    }
    return arguments;
  }

  /// A line of the result for people; with `--json` it is left out.
  public final void say(String line) {
    if (!json) {
      commandLine().getOut().println(StandardStream.OUTPUT.fit(Text.printable(line)));
    }
  }

  /// A line that is not part of the result: what is being done, and warnings. On standard error;
  /// with `--quiet` it is left out.
  public final void note(String line) {
    if (!verbosity.isQuiet()) {
      commandLine().getErr().println(StandardStream.ERROR.fit(Text.printable(line)));
      commandLine().getErr().flush();
    }
  }

  /// What is read or chosen and why, or how long something took: a note that only `--verbose` asks
  /// for.
  public final void detail(String line) {
    if (verbosity.isVerbose()) {
      note("  " + line);
    }
  }

  /// The result for machines; without `--json` it is left out.
  public final void report(JsonNode result) {
    if (json) {
      reported = true;
      commandLine().getOut().println(Json.render(JsonDocument.of(commandLine(), result)));
    }
  }

  /// Whether the one JSON document of this call is printed.
  final boolean hasReported() {
    return reported;
  }

  /// Prints what a recipe says.
  public final RecipeListener listener() {
    return new CommandListener(this);
  }

  /// How far a long step is, for people who wait.
  public final Progress progress() {
    if (verbosity.isQuiet()) {
      return Progress.NONE;
    }
    Progress shown = new ConsoleProgress(commandLine().getErr(), StandardStream.ERROR.isTerminal());
    return verbosity.isVerbose() ? new TimedProgress(shown, this::detail) : shown;
  }

  /// Checks before the work that files can be written and that none of them is an input, through
  /// links too, or another output.
  ///
  /// @param files null for what is not asked for; those that options name as the very objects that
  ///   the options hold
  /// @throws ParameterException if an output would replace something else
  public final void checkOutputs(@Nullable Path... files) throws IOException {
    List<Path> given = Arrays.stream(files).filter(Objects::nonNull).toList();
    OutputFile.check(files);
    InputFiles inputs = inputs(given);
    for (Path file : given) {
      refuseInput(inputs, file);
    }
    for (int i = 1; i < given.size(); i++) {
      for (Path other : given.subList(0, i)) {
        if (OutputFile.areSame(given.get(i), other)) {
          throw wrongUsage(given.get(i) + " is named for two outputs; name two files");
        }
      }
    }
  }

  /// @throws ParameterException if writing `file` would replace an input
  public final void refuseInput(InputFiles inputs, Path file) throws IOException {
    if (inputs.contain(file)) {
      throw wrongUsage(
          file + " is an input and would be replaced; name another file for the output");
    }
  }

  /// What this call reads.
  ///
  /// @param outputs values of the options that name outputs
  public final InputFiles inputs(List<Path> outputs) throws IOException {
    return InputFiles.of(commandLine().getParseResult(), outputs);
  }

  /// An error in how the command was called; exit code 2.
  public final ParameterException wrongUsage(String message) {
    return new ParameterException(commandLine(), message);
  }
}
