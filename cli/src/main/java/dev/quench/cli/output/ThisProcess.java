// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import dev.quench.report.Environment;
import java.time.Duration;

/// What runs the command, and what it has used.
final class ThisProcess {
  private ThisProcess() {}

  /// For example `quench 0.1.0, Java 25.0.1+8, 2 processors, heap up to 5.9 GB`.
  static String described() {
    Runtime runtime = Runtime.getRuntime();
    return "quench %s, Java %s, %d processors, heap up to %s"
        .formatted(
            Environment.version(),
            Runtime.version(),
            runtime.availableProcessors(),
            Text.bytes(runtime.maxMemory()));
  }

  /// @param elapsedNanos of the command, without the start of the process
  static String spent(long elapsedNanos) {
    String elapsed = Text.format("took %.3g s", elapsedNanos / 1e9);
    return ProcessHandle.current()
        .info()
        .totalCpuDuration()
        .map(cpu -> elapsed + Text.format("; %.3g s of processor time from start", seconds(cpu)))
        .orElse(elapsed);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
