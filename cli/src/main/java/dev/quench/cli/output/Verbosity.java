// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import picocli.CommandLine.Option;

/// How much a command says beside its result, on standard error.
@OptionGroup(OptionGroup.COMMON)
final class Verbosity {
  @Option(
      names = {"-q", "--quiet"},
      description = "Print results and errors only: no notes, no warnings, no progress.")
  private boolean quiet;

  @Option(
      names = {"-v", "--verbose"},
      description =
          "Also say what is read and chosen and why, and how long each step takes; on standard error.")
  private boolean verbose;

  boolean isQuiet() {
    return quiet;
  }

  boolean isVerbose() {
    return verbose;
  }
}
