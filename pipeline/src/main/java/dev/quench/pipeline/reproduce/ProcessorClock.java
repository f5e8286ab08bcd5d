// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.io.AtomicFile;
import dev.quench.io.RegularFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// Processor time of a run over all processes that worked on it, kept in a small file.
final class ProcessorClock {
  private static final int MAX_BYTES = 100;

  private final Path file;
  private double stored;
  private double since = now();

  private ProcessorClock(Path file, double stored) {
    this.file = file;
    this.stored = stored;
  }

  /// Goes on from the file, if it exists and holds a number.
  static ProcessorClock open(Path file) throws IOException {
    double stored = 0;
    if (Files.exists(file)) {
      try {
        stored = Double.parseDouble(RegularFile.readText(file, MAX_BYTES).strip());
      } catch (NumberFormatException e) {
        stored = 0; // damaged: what came before is not known
      }
    }
    return new ProcessorClock(file, stored);
  }

  /// Adds what this process has used since the last call, and writes the sum.
  void keep() {
    double used = now();
    stored += used - since;
    since = used;
    try {
      AtomicFile.writeString(file, stored + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  double seconds() {
    return stored;
  }

  private static double now() {
    return ProcessHandle.current()
        .info()
        .totalCpuDuration()
        .map(Duration::toNanos)
        .map(nanos -> nanos / 1e9)
        .orElse(0.0);
  }
}
