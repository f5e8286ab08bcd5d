// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/// Keeps all results in one archive, `results.tgz`, so that it is complete whenever the suite is
/// stopped.
///
/// The program `tar` renews it at intervals and on close; each renewal replaces the whole file. A
/// failure is reported once and stops nothing.
final class ResultArchive implements AutoCloseable {
  static final String NAME = "results.tgz";

  /// Exit code of `tar` if a file grew while it was read; the archive is valid.
  private static final int FILE_CHANGED = 1;

  private static final int SECONDS = 60;

  private final Path folder;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("archive of results").factory());
  private final ScheduledFuture<?> renewals;
  private boolean warned;

  private ResultArchive(Duration interval, Path folder) {
    this.folder = folder;
    this.renewals =
        clock.scheduleWithFixedDelay(
            this::renew, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Starts to archive `folder`.
  static ResultArchive every(Duration interval, Path folder) {
    return new ResultArchive(interval, folder);
  }

  private synchronized void renew() {
    Path next = folder.resolve("." + NAME + ".next");
    try {
      Process tar =
          new ProcessBuilder(
                  "tar",
                  "-C",
                  folder.toString(),
                  "--exclude=./*" + NAME + "*",
                  "--exclude=*.lck",
                  "-czf",
                  next.toString(),
                  ".")
              .redirectErrorStream(true)
              .start();
      String output = new String(tar.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!tar.waitFor(SECONDS, TimeUnit.SECONDS) || tar.exitValue() > FILE_CHANGED) {
        tar.destroyForcibly();
        warnOnce(output.strip());
        return;
      }
      Files.move(
          next,
          folder.resolve(NAME),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      warnOnce(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void warnOnce(String reason) {
    if (!warned) {
      warned = true;
      System.err.println("gpu-suite: cannot write " + NAME + ": " + reason);
    }
  }

  @Override
  public void close() {
    renewals.cancel(false);
    clock.shutdown();
    renew();
  }
}
