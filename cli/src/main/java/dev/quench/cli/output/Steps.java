// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

/// Prints the steps of a long command as they are done, each with the time since the last.
public final class Steps {
  private final QuenchCommand command;
  private long lastNanos = System.nanoTime();
  private int count;

  public Steps(QuenchCommand command) {
    this.command = command;
  }

  /// Says what has been done since the last call.
  public void done(String pattern, Object... arguments) {
    long now = System.nanoTime();
    count++;
    command.say(
        Text.format(
            "%d. %s (%.1f s)", count, Text.format(pattern, arguments), (now - lastNanos) / 1e9));
    lastNanos = now;
  }
}
