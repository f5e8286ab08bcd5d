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

  /// Whether someone watches. Told by the descriptor's target, which holds even while the other
  /// stream is piped; false where there is no such thing to look at.
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
