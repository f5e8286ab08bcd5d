// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import dev.quench.gpu.report.Machine;
import dev.quench.gpu.report.StepReport;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Runs steps in sequence until the budget is spent: first steps that never ran, then steps that
/// failed before. Skips steps that are done on this machine; a failed step does not stop the
/// others.
final class StepRuns {
  /// No step finishes in less time.
  private static final int LEAST_SECONDS = 15;

  /// Runs one step in one process.
  interface Launcher {
    /// @param seconds limit after which the process is stopped
    StepProcess.End run(SuiteStep step, long seconds) throws IOException, InterruptedException;
  }

  private final SuiteOptions options;
  private final Machine machine;
  private final Launcher launcher;
  private final LongSupplier nanoTime;
  private final PrintStream out;

  /// @param nanoTime as [System#nanoTime]
  StepRuns(
      SuiteOptions options,
      Machine machine,
      Launcher launcher,
      LongSupplier nanoTime,
      PrintStream out) {
    this.options = options;
    this.machine = machine;
    this.launcher = launcher;
    this.nanoTime = nanoTime;
    this.out = out;
  }

  /// @return the exit code of the suite
  int run() throws IOException, InterruptedException {
    long end = nanoTime.getAsLong() + options.budget().toNanos();
    int exit = ExitCode.DONE;
    for (SuiteStep step : inOrder()) {
      if (StepReport.isDone(options.out(), report(step), machine)) {
        out.println(step.label() + ": already done");
        continue;
      }
      long left = TimeUnit.NANOSECONDS.toSeconds(end - nanoTime.getAsLong());
      if (left < LEAST_SECONDS) {
        out.println(step.label() + ": skipped, the budget is spent");
        exit = exit == ExitCode.DONE ? ExitCode.BUDGET_SPENT : exit;
        continue;
      }
      if (!run(step, Math.min(left, step.limitSeconds()))) {
        exit = ExitCode.FAILED;
      }
    }
    return exit;
  }

  private List<SuiteStep> inOrder() {
    List<SuiteStep> fresh = new ArrayList<>();
    List<SuiteStep> again = new ArrayList<>();
    for (SuiteStep step : options.steps()) {
      boolean tried =
          !StepReport.status(options.out(), report(step)).equals(StepReport.NOT_RUN)
              && !StepReport.isDone(options.out(), report(step), machine);
      (tried ? again : fresh).add(step);
    }
    fresh.addAll(again);
    return fresh;
  }

  /// The name of the step's report. A separate program keeps the report of a rehearsal apart from
  /// its figures.
  private String report(SuiteStep step) {
    return step.program().isPresent() && options.rehearsal()
        ? step.label() + "-rehearsal"
        : step.label();
  }

  private boolean run(SuiteStep step, long seconds) throws IOException, InterruptedException {
    long start = nanoTime.getAsLong();
    StepProcess.End end = launcher.run(step, seconds);
    String status = StepReport.status(options.out(), report(step));
    if (step.program().isEmpty()
        && (status.equals(StepReport.RUNNING) || status.equals(StepReport.NOT_RUN))) {
      status = end.describe(seconds);
      StepReport.ended(options.out(), step.label(), status);
    } else if (step.program().isPresent()) {
      status = end.inTime() ? ofProgram(end.exitCode()) : end.describe(seconds);
    }
    out.printf(
        Locale.ROOT,
        "%s: %s after %.1f s%n",
        step.label(),
        status,
        (nanoTime.getAsLong() - start) / 1e9);
    StepReport.remarks(options.out(), report(step)).forEach(line -> out.println("  " + line));
    return status.equals(StepReport.DONE) || status.equals(StepReport.REHEARSED);
  }

  /// Counts a missed bar as a result, not a failure.
  private String ofProgram(int exitCode) {
    boolean good = exitCode == ExitCode.DONE || exitCode == ExitCode.BAR_MISSED;
    return good
        ? options.rehearsal() ? StepReport.REHEARSED : StepReport.DONE
        : "failed with exit code " + exitCode;
  }
}
