// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs a Java process with the class path and options of this process.
final class StepProcess {
  private StepProcess() {}

  /// The end of a process.
  ///
  /// @param inTime whether it ended by itself
  record End(boolean inTime, int exitCode) {
    /// Describes the end of a process that left its report unfinished.
    String describe(long seconds) {
      return inTime ? "crashed with exit code " + exitCode : "cut off after " + seconds + " s";
    }
  }

  /// Runs a main class for at most `seconds`, then stops it and its child processes.
  static End run(String main, List<String> options, List<String> arguments, long seconds)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).inheritIO().start();
    // stopping the suite stops the step too
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
