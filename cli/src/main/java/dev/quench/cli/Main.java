// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The root command; each verb is a subcommand of it.
@Command(
    name = "quench",
    mixinStandardHelpOptions = true,
    version = "quench 0.1.0",
    description = "Takes a trained neural network to INT8 and to every backend there is.")
public final class Main implements Runnable {
  private Main() {}

  /// Runs one command and leaves with its exit code.
  ///
  /// @param args the command line
  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }

  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }
}
