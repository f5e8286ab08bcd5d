// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.progress;

import dev.quench.Printable;
import dev.quench.run.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Progress for people: nothing for what is over within two seconds, then a bar on a terminal and a
/// plain line now and then elsewhere.
public final class ConsoleProgress implements Progress {
  private static final long PATIENCE_NANOS = Duration.ofSeconds(2).toNanos();
  private static final long LINE_EVERY_NANOS = Duration.ofSeconds(10).toNanos();
  private static final int WIDTH = 78;

  /// A longer name would leave no room for the bar and the time.
  private static final int LONGEST_NAME = 32;

  private final PrintWriter err;
  private final boolean terminal;
  private String task = "";
  private long total;
  private long done;
  private long startNanos;
  private long nextNanos;
  private @Nullable ProgressBar bar;

  /// Reports to `err`; a bar is drawn only when that is a terminal.
  public ConsoleProgress(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  @Override
  public void begin(String newTask, long newTotal) {
    end();
    task = Printable.escape(newTask);
    total = newTotal;
    done = 0;
    startNanos = System.nanoTime();
    nextNanos = startNanos + PATIENCE_NANOS;
  }

  @Override
  public void advance(long steps) {
    done += steps;
    if (bar != null) {
      bar.stepTo(Math.min(done, total));
    } else if (System.nanoTime() - nextNanos >= 0) {
      show();
    }
  }

  @Override
  public void end() {
    if (bar != null) {
      bar.close();
      bar = null;
      err.print("\r" + " ".repeat(WIDTH) + "\r");
      err.flush();
    }
  }

  private void show() {
    if (terminal) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(shortened(task))
              .setInitialMax(total)
              .setStyle(ProgressBarStyle.ASCII)
              .startsFrom(done, Duration.ofNanos(System.nanoTime() - startNanos))
              .setConsumer(new DelegatingProgressBarConsumer(this::draw, WIDTH))
              .build();
      return;
    }
    nextNanos = System.nanoTime() + LINE_EVERY_NANOS;
    err.println(
        String.format(
            Locale.ROOT,
            "%s: %d of %d (%.0f %%)%s",
            task,
            Math.min(done, total),
            total,
            100.0 * Math.min(done, total) / Math.max(1, total),
            remaining()));
    err.flush();
  }

  /// Both ends of a long name, where tasks differ.
  static String shortened(String name) {
    int half = (LONGEST_NAME - 3) / 2;
    return name.length() <= LONGEST_NAME
        ? name
        : name.substring(0, LONGEST_NAME - 3 - half) + "..." + name.substring(name.length() - half);
  }

  /// Rate and what is left of it, once both can be told.
  private String remaining() {
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    if (done <= 0 || done >= total || seconds <= 0) {
      return "";
    }
    double rate = done / seconds;
    return String.format(Locale.ROOT, ", %.3g a second, %.0f s left", rate, (total - done) / rate);
  }

  private void draw(String line) {
    err.print("\r" + line);
    err.flush();
  }
}
