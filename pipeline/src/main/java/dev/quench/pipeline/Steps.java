// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import java.util.Locale;

/// Says which steps are done, each with the time since the last.
public final class Steps {
  private final RecipeListener listener;
  private long lastNanos = System.nanoTime();
  private int count;

  public Steps(RecipeListener listener) {
    this.listener = listener;
  }

  /// Says what has been done since the last call.
  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  public void done(String pattern, Object... arguments) {
    long now = System.nanoTime();
    count++;
    String what = String.format(Locale.ROOT, pattern, arguments);
    listener.result(
        String.format(Locale.ROOT, "%d. %s (%.1f s)", count, what, (now - lastNanos) / 1e9));
    lastNanos = now;
  }
}
