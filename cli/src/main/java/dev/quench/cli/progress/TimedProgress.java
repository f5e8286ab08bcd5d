// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.progress;

import dev.quench.run.Progress;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Progress that says of each task, once it is over, how long it took.
public final class TimedProgress implements Progress {
  private final Progress shown;
  private final Consumer<String> says;
  private @Nullable String task;
  private long done;
  private long startNanos;

  public TimedProgress(Progress shown, Consumer<String> says) {
    this.shown = shown;
    this.says = says;
  }

  @Override
  public void begin(String newTask, long total) {
    tell();
    task = newTask;
    done = 0;
    startNanos = System.nanoTime();
    shown.begin(newTask, total);
  }

  @Override
  public void advance(long steps) {
    done += steps;
    shown.advance(steps);
  }

  @Override
  public void end() {
    shown.end();
    tell();
  }

  private void tell() {
    if (task != null) {
      says.accept(
          String.format(
              Locale.ROOT, "%s: %d in %.3g s", task, done, (System.nanoTime() - startNanos) / 1e9));
      task = null;
    }
  }
}
