// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.progress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Where the process's own standard error leads.
public final class StandardError {
  private static final Path DESCRIPTOR = Path.of("/proc/self/fd/2");

  private StandardError() {}

  /// Whether someone watches. Told by the descriptor's target, which holds even while standard
  /// output is piped; false where there is no such thing to look at.
  public static boolean isTerminal() {
    if (!Files.isSymbolicLink(DESCRIPTOR)) {
      return false;
    }
    try {
      String target = Files.readSymbolicLink(DESCRIPTOR).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }
}
