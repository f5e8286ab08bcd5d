// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.gpu.report.Bar;
import dev.quench.gpu.report.Machine;
import dev.quench.gpu.report.StepReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepRunsTest {
  private static final Machine MACHINE =
      new Machine(Map.of(Machine.GPU, "a GPU", Machine.DRIVER, "580.1"));
  private static final StepProcess.End GOOD = new StepProcess.End(true, 0);

  @TempDir Path folder;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final List<String> started = new ArrayList<>();
  private long nanos;

  @Test
  void aStepThatFailsHindersNoOther() throws Exception {
    int exit =
        run(
            Duration.ofMinutes(8),
            (step, _) -> end(step, step != SuiteStep.FP16),
            SuiteStep.PROBE,
            SuiteStep.FP16,
            SuiteStep.INT8);
    assertThat(exit).isEqualTo(1);
    assertThat(started).containsExactly("probe", "fp16", "int8");
    assertThat(StepReport.status(folder, "fp16")).isEqualTo("failed");
    assertThat(StepReport.status(folder, "int8")).isEqualTo("done");
    assertThat(printed()).contains("fp16: failed after", "  part: failed: ");
  }

  @Test
  void aProcessThatCrashesIsWrittenDown() throws Exception {
    int exit =
        run(
            Duration.ofMinutes(8),
            (step, _) -> {
              if (step == SuiteStep.FP16) {
                StepReport.open(folder, step.label(), MACHINE, false);
                return new StepProcess.End(true, 134);
              }
              return end(step, true);
            },
            SuiteStep.FP16,
            SuiteStep.INT8);
    assertThat(exit).isEqualTo(1);
    assertThat(StepReport.status(folder, "fp16")).isEqualTo("crashed with exit code 134");
    assertThat(StepReport.status(folder, "int8")).isEqualTo("done");
  }

  @Test
  void aProcessThatIsCutOffIsWrittenDown() throws Exception {
    run(
        Duration.ofMinutes(8),
        (step, _) -> {
          StepReport.open(folder, step.label(), MACHINE, false);
          return new StepProcess.End(false, 137);
        },
        SuiteStep.PROBE);
    assertThat(StepReport.status(folder, "probe")).isEqualTo("cut off after 90 s");
  }

  @Test
  void aProcessThatNeverBeganItsReportIsWrittenDown() throws Exception {
    run(Duration.ofMinutes(8), (_, _) -> new StepProcess.End(true, 1), SuiteStep.PROBE);
    assertThat(StepReport.status(folder, "probe")).isEqualTo("crashed with exit code 1");
  }

  @Test
  void whatDoesNotFitIntoTheBudgetIsLeftOut() throws Exception {
    int exit =
        run(
            Duration.ofSeconds(100),
            (step, _) -> {
              nanos += Duration.ofSeconds(90).toNanos();
              return end(step, true);
            },
            SuiteStep.PROBE,
            SuiteStep.FP16);
    assertThat(exit).isEqualTo(4);
    assertThat(started).containsExactly("probe");
    assertThat(printed()).contains("fp16: skipped, the budget is spent");
  }

  @Test
  void aStepGetsNoMoreThanWhatIsLeft() throws Exception {
    List<Long> limits = new ArrayList<>();
    run(
        Duration.ofSeconds(200),
        (step, seconds) -> {
          limits.add(seconds);
          nanos += Duration.ofSeconds(150).toNanos();
          return end(step, true);
        },
        SuiteStep.FLOAT,
        SuiteStep.INT8);
    assertThat(limits).containsExactly(200L, 50L);
  }

  @Test
  void whatIsDoneIsNotDoneAgain() throws Exception {
    run(Duration.ofMinutes(8), (step, _) -> end(step, true), SuiteStep.PROBE);
    int exit =
        run(Duration.ofMinutes(8), (step, _) -> end(step, true), SuiteStep.PROBE, SuiteStep.FP16);
    assertThat(exit).isZero();
    assertThat(started).containsExactly("probe", "fp16");
    assertThat(printed()).contains("probe: already done");
  }

  @Test
  void whatIsDoneIsDoneAgainForAnotherDriver() throws Exception {
    StepReport old =
        StepReport.open(
            folder,
            "probe",
            new Machine(Map.of(Machine.GPU, "a GPU", Machine.DRIVER, "570.1")),
            false);
    old.part("part", part -> part.put("figure", 1L));
    old.end();
    run(Duration.ofMinutes(8), (step, _) -> end(step, true), SuiteStep.PROBE);
    assertThat(started).containsExactly("probe");
  }

  @Test
  void whatFailedBeforeWaitsForWhatWasNeverRun() throws Exception {
    run(Duration.ofMinutes(8), (step, _) -> end(step, false), SuiteStep.PROBE);
    started.clear();
    run(Duration.ofMinutes(8), (step, _) -> end(step, true), SuiteStep.PROBE, SuiteStep.FP16);
    assertThat(started).containsExactly("fp16", "probe");
  }

  @Test
  void aMissedBarIsShownAndIsNoFailure() throws Exception {
    int exit =
        run(
            Duration.ofMinutes(8),
            (step, _) -> {
              StepReport report = StepReport.open(folder, step.label(), MACHINE, false);
              report.part("part", part -> part.put("cosine", 0.5, Bar.atLeast(0.99)));
              report.end();
              return GOOD;
            },
            SuiteStep.INT8);
    assertThat(exit).isZero();
    assertThat(printed()).contains("part: BAR MISSED: cosine is 0.5, at least 0.99");
  }

  @Test
  void theBinaryProgramMayMissItsBars() throws Exception {
    int exit = run(Duration.ofMinutes(8), (_, _) -> new StepProcess.End(true, 3), SuiteStep.BINARY);
    assertThat(exit).isZero();
    assertThat(run(Duration.ofMinutes(8), (_, _) -> new StepProcess.End(true, 1), SuiteStep.BINARY))
        .isEqualTo(1);
  }

  @Test
  void aRehearsalOfTheBinaryProgramIsNotDoneAgain() throws Exception {
    StepReport rehearsed = StepReport.open(folder, "binary-rehearsal", MACHINE, true);
    rehearsed.part("part", part -> part.put("figure", 1L));
    rehearsed.end();
    rehearse((_, _) -> new StepProcess.End(true, 0), SuiteStep.BINARY);
    assertThat(started).isEmpty();
    run(Duration.ofMinutes(8), (_, _) -> new StepProcess.End(true, 0), SuiteStep.BINARY);
    assertThat(started).containsExactly("binary");
  }

  private StepProcess.End end(SuiteStep step, boolean good) {
    StepReport report = StepReport.open(folder, step.label(), MACHINE, false);
    report.part(
        "part",
        part -> {
          part.put("figure", 1L);
          if (!good) {
            throw new IOException("broken off");
          }
        });
    report.end();
    return new StepProcess.End(true, good ? 0 : 1);
  }

  private int run(Duration budget, StepRuns.Launcher launcher, SuiteStep... steps)
      throws Exception {
    return run(
        new SuiteOptions(SuiteOptions.Role.ALL, budget, folder, false, List.of(steps)), launcher);
  }

  private int rehearse(StepRuns.Launcher launcher, SuiteStep... steps) throws Exception {
    return run(
        new SuiteOptions(
            SuiteOptions.Role.ALL, Duration.ofMinutes(8), folder, true, List.of(steps)),
        launcher);
  }

  private int run(SuiteOptions options, StepRuns.Launcher launcher) throws Exception {
    StepRuns.Launcher recorded =
        (step, seconds) -> {
          started.add(step.label());
          return launcher.run(step, seconds);
        };
    return new StepRuns(
            options,
            MACHINE,
            recorded,
            () -> nanos,
            new PrintStream(printed, true, StandardCharsets.UTF_8))
        .run();
  }

  private String printed() {
    return printed.toString(StandardCharsets.UTF_8);
  }
}
