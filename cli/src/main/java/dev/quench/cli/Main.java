// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.cli.output.ErrorLine;
import dev.quench.cli.output.StandardOutput;

/// Runs one command and leaves with its exit code.
///
/// Names no class of a library, so that it can start, and say in a line what is wrong, where those
/// cannot be loaded: with too little memory or too few file descriptors.
public final class Main {
  private Main() {}

  /// @param args the command line
  public static void main(String[] args) {
    Thread.setDefaultUncaughtExceptionHandler(
        new Thread.UncaughtExceptionHandler() {
          @Override
          public void uncaughtException(Thread thread, Throwable error) {
            report(error);
          }
        });
    int code;
    try {
      StandardErrorTakeover.run();
      code = RootCommand.execute(args, new StandardOutput());
    } catch (RuntimeException | Error e) {
      report(e);
      code = 1;
    }
    System.exit(code);
  }

  private static void report(Throwable error) {
    String line;
    try {
      line = ErrorLine.of(error);
    } catch (Error e) {
      line = lastWords(error);
    }
    System.err.println("quench: " + line);
  }

  /// For when not even [ErrorLine] can be loaded; string concatenation would load classes too.
  private static String lastWords(Throwable error) {
    if (error instanceof LinkageError || error instanceof TypeNotPresentException) {
      return "a part of the program cannot be loaded: "
          .concat(String.valueOf(error.getMessage()))
          .concat("; if few files may be open at once, raise the limit with 'ulimit -n 4096'");
    }
    return error instanceof OutOfMemoryError ? "out of memory" : error.toString();
  }
}
