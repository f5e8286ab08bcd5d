// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// The command that started this process, as it can be pasted into a shell.
final class CommandLineText {
  private static final String MAIN = "dev.quench.cli.Main";

  private CommandLineText() {}

  /// `quench COMMAND ...`; for other programs the main class and its arguments, as far as the
  /// system tells them.
  static String ofThisProcess() {
    String[] words = ProcessHandle.current().info().arguments().orElse(new String[0]);
    int main = Arrays.asList(words).indexOf(MAIN);
    return main >= 0
        ? of(List.of(words).subList(main + 1, words.length))
        : System.getProperty("sun.java.command", "unknown");
  }

  static String of(List<String> arguments) {
    return arguments.stream()
        .map(CommandLineText::quoted)
        .collect(Collectors.joining(" ", "quench ", ""));
  }

  private static String quoted(String word) {
    return word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
