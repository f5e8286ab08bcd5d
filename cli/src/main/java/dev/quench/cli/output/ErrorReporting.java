// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import dev.quench.pipeline.CheckFailedException;
import java.io.IOException;
import java.io.PrintWriter;
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
    StringBuilder line = new StringBuilder(name).append(": ").append(ErrorLine.of(error));
    if (error instanceof UnmatchedArgumentException unmatched) {
      String suggestions = String.join(", ", unmatched.getSuggestions());
      if (!suggestions.isEmpty()) {
        line.append(" (did you mean ").append(suggestions).append("?)");
      }
    }
    line.append("; see '").append(name).append(" --help'");
    print(commandLine, line.toString());
    return ExitCode.WRONG_USAGE;
  }

  /// Prints the line of an error that a command met.
  ///
  /// @return the exit code
  static int report(Throwable error, CommandLine commandLine) {
    print(commandLine, commandLine.getCommandSpec().qualifiedName() + ": " + ErrorLine.of(error));
    if (commandLine.getCommand() instanceof QuenchCommand command && command.isDebug()) {
      error.printStackTrace(commandLine.getErr());
      commandLine.getErr().flush();
    }
    return error instanceof CheckFailedException ? ExitCode.CHECK_NOT_HELD : ExitCode.FAILED;
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
