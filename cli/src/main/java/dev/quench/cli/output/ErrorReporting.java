// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import dev.quench.pipeline.CheckFailedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// Prints every error as one line, `quench COMMAND: message`, and picks the exit code.
public final class ErrorReporting
    implements IExecutionExceptionHandler, IParameterExceptionHandler {
  private static final String READER_GONE = "Broken pipe";

  @Override
  public int handleExecutionException(
      Exception error, CommandLine commandLine, ParseResult parseResult) {
    return report(error, commandLine);
  }

  @Override
  public int handleParseException(ParameterException error, String[] args) {
    CommandLine commandLine = error.getCommandLine();
    String name = commandLine.getCommandSpec().qualifiedName();
    StringBuilder line = new StringBuilder(ErrorLine.of(error));
    if (error instanceof UnmatchedArgumentException unmatched) {
      String suggestions = String.join(", ", unmatched.getSuggestions());
      if (!suggestions.isEmpty()) {
        line.append(" (did you mean ").append(suggestions).append("?)");
      }
    }
    if (Arrays.asList(args).contains("--json")) {
      printJson(commandLine, line.toString(), ExitCode.WRONG_USAGE);
    }
    print(commandLine, "%s: %s; see '%s --help'".formatted(name, line, name));
    return ExitCode.WRONG_USAGE;
  }

  /// Prints the line of an error that a command met.
  ///
  /// @return the exit code
  static int report(Throwable error, CommandLine commandLine) {
    int code = error instanceof CheckFailedException ? ExitCode.CHECK_NOT_HELD : ExitCode.FAILED;
    String line = ErrorLine.of(error);
    print(commandLine, commandLine.getCommandSpec().qualifiedName() + ": " + line);
    if (commandLine.getCommand() instanceof QuenchCommand command) {
      if (command.isDebug()) {
        error.printStackTrace(commandLine.getErr());
        commandLine.getErr().flush();
      }
      if (command.isJson() && !command.hasReported()) {
        printJson(commandLine, line, code);
      }
    }
    return code;
  }

  private static void printJson(CommandLine commandLine, String message, int code) {
    commandLine.getOut().println(Json.render(JsonDocument.ofError(commandLine, message, code)));
    commandLine.getOut().flush();
  }

  /// Says that results were lost; a reader that has gone, as `head` does, knows it already.
  public static void reportOutput(IOException error, CommandLine commandLine) {
    String message = String.valueOf(error.getMessage());
    if (!message.contains(READER_GONE)) {
      print(commandLine, "quench: cannot write to standard output: " + message);
    }
  }

  private static void print(CommandLine commandLine, String line) {
    PrintWriter err = commandLine.getErr();
    err.println(line);
    err.flush();
  }
}
