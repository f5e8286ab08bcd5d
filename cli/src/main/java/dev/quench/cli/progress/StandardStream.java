// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.progress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Where the process's own streams lead.
public enum StandardStream {
  OUTPUT(1),
  ERROR(2);

  private final Path descriptor;

  StandardStream(int number) {
    descriptor = Path.of("/proc/self/fd/" + number);
  }

  /// Whether the descriptor leads to a terminal, whatever the other stream does. False on systems
  /// without `/proc/self/fd`.
  public boolean isTerminal() {
    if (!Files.isSymbolicLink(descriptor)) {
      return false;
    }
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }

  /// The text for this stream: folded where it leads to a terminal, else as it is, so that whatever
  /// reads it finds one line for each.
  public String fit(String text) {
    return isTerminal() ? LineFolding.fold(text, LineFolding.terminalWidth()) : text;
  }
}
