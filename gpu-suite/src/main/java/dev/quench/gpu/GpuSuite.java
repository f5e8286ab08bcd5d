// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import dev.quench.gpu.report.Machine;
import dev.quench.gpu.report.StepReport;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Runs the steps within a time budget, each in its own process, so that a crash or a hang affects
/// no other step.
///
/// Arguments: `[--budget 8m] [--out FOLDER] [--rehearse] [STEP…]`. Exit codes: 0 all steps are
/// done, even if bars were missed; 1 a step failed; 2 wrong usage; 4 the budget was spent before
/// the end.
public final class GpuSuite {
  private static final Duration ARCHIVE_INTERVAL = Duration.ofSeconds(10);
  private static final long MACHINE_SECONDS = 90;

  private GpuSuite() {}

  public static void main(String[] arguments) throws Exception {
    System.exit(run(arguments));
  }

  private static int run(String[] arguments) throws IOException, InterruptedException {
    SuiteOptions options;
    try {
      options = SuiteOptions.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("gpu-suite: " + e.getMessage());
      return ExitCode.WRONG_USAGE;
    }
    Files.createDirectories(options.out());
    return switch (options.role()) {
      case ALL -> runAll(options);
      case STEP -> runStep(options, options.steps().getFirst());
      case MACHINE -> {
        MachineFacts.find().write(options.out());
        yield ExitCode.DONE;
      }
    };
  }

  private static int runAll(SuiteOptions options) throws IOException, InterruptedException {
    try (ResultArchive _ = ResultArchive.every(ARCHIVE_INTERVAL, options.out())) {
      StepProcess.End end =
          StepProcess.run(
              GpuSuite.class.getName(), List.of(), options.forMachine(), MACHINE_SECONDS);
      if (end.exitCode() != ExitCode.DONE) {
        System.err.println(
            "gpu-suite: cannot identify this machine; the process that identifies it "
                + end.describe(MACHINE_SECONDS));
        new Machine(Map.of()).write(options.out());
      }
      Machine machine = Machine.read(options.out());
      if (!machine.facts().isEmpty() && !machine.facts().containsKey(Machine.GPU)) {
        System.err.println("gpu-suite: no GPU: " + machine.facts().get(MachineFacts.PROBLEM));
        return ExitCode.FAILED;
      }
      if (options.rehearsal() && !machine.facts().containsKey(Machine.TENSORRT)) {
        System.err.println(
            "gpu-suite: a rehearsal needs TensorRT's library: "
                + machine.facts().get(MachineFacts.PROBLEM_OF_TENSORRT));
        return ExitCode.FAILED;
      }
      machine.facts().forEach((name, fact) -> System.out.println("  " + name + ": " + fact));
      StepRuns.Launcher launcher =
          (step, seconds) ->
              StepProcess.run(
                  step.program().orElse(GpuSuite.class.getName()),
                  step.options(),
                  options.forStep(step),
                  seconds);
      return new StepRuns(options, machine, launcher, System::nanoTime, System.out).run();
    }
  }

  /// Runs the step in this process, which serves it alone.
  private static int runStep(SuiteOptions options, SuiteStep step) throws IOException {
    StepReport report =
        StepReport.open(
            options.out(), step.label(), Machine.read(options.out()), options.rehearsal());
    try {
      StepLog.open(options.out(), step.label(), step == SuiteStep.PROBE || step == SuiteStep.FLOAT);
      step.open().run(report);
      report.end();
    } catch (Throwable e) {
      report.fail(e);
    }
    String status = StepReport.status(options.out(), step.label());
    return status.equals(StepReport.DONE) || status.equals(StepReport.REHEARSED)
        ? ExitCode.DONE
        : ExitCode.FAILED;
  }
}
