// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A Java process with this one's class path and options.
final class StepProcess {
  private StepProcess() {}

  /// How a process ended.
  ///
  /// @param inTime whether it did so by itself
  record End(boolean inTime, int exitCode) {
    /// In words, of a process that did not end its report.
    String describe(long seconds) {
      return inTime ? "crashed with exit code " + exitCode : "cut off after " + seconds + " s";
    }
  }

  /// Runs a main class for `seconds` at most; it and what it started are stopped then.
  static End run(String main, List<String> options, List<String> arguments, long seconds)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).inheritIO().start();
    // Whoever stops the suite stops the step too.
    Thread stop = new Thread(() -> stop(process), "stop " + main);
    Runtime.getRuntime().addShutdownHook(stop);
    try {
      boolean inTime = process.waitFor(seconds, TimeUnit.SECONDS);
      if (!inTime) {
        stop(process);
      }
      return new End(inTime, process.waitFor());
    } finally {
      Runtime.getRuntime().removeShutdownHook(stop);
    }
  }

  private static void stop(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
