// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import dev.quench.run.Availability.Unavailable;
import dev.quench.trt.TensorRtProbe;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs the steps within a budget of time, each in a process of its own, so that one that crashes
/// or hangs takes none of the others along. Steps that were done before are left out.
///
/// Arguments: `--budget 8m --out FOLDER [STEP…]`. Exit codes: 0 every step is done, 1 one failed or
/// there is no GPU, 2 wrong usage, 4 the budget was spent before the end.
public final class GpuSuite {
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;
  private static final int BUDGET_SPENT = 4;
  private static final int LEAST_SECONDS = 15;

  private GpuSuite() {}

  public static void main(String[] arguments) throws Exception {
    System.exit(new Arguments(arguments).run());
  }

  private static final class Arguments {
    private Duration budget = Duration.ofMinutes(8);
    private Path out = Path.of("docs/results");
    private final List<String> steps = new ArrayList<>();
    private boolean child;

    private final String[] given;

    Arguments(String[] given) {
      this.given = given;
    }

    int run() throws Exception {
      try {
        parse();
      } catch (IllegalArgumentException e) {
        System.err.println("gpu-suite: " + e.getMessage());
        return WRONG_USAGE;
      }
      if (TensorRtProbe.availability() instanceof Unavailable(String reason, String remedy)) {
        System.err.println("gpu-suite: TensorRT is not available: " + reason + "; " + remedy);
        return FAILED;
      }
      Files.createDirectories(out);
      return child ? runHere(step(steps.getFirst())) : runAll();
    }

    private void parse() {
      for (int i = 0; i < given.length; i++) {
        switch (given[i]) {
          case "--budget" -> budget = budget(value(++i));
          case "--out" -> out = Path.of(value(++i));
          case "--child" -> child = true;
          default -> steps.add(step(given[i]).name());
        }
      }
    }

    private static Duration budget(String text) {
      try {
        return Duration.parse("PT" + text);
      } catch (DateTimeParseException e) {
        throw new IllegalArgumentException(
            "--budget takes a time such as 8m or 500s, got '" + text + "'", e);
      }
    }

    private String value(int index) {
      if (index >= given.length) {
        throw new IllegalArgumentException(given[index - 1] + " needs a value");
      }
      return given[index];
    }

    private static GpuStep step(String name) {
      return GpuStep.ALL.stream()
          .filter(step -> step.name().equals(name))
          .findFirst()
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "no step '%s'; there are %s"
                      .formatted(name, GpuStep.ALL.stream().map(GpuStep::name).toList())));
    }

    /// In this process, which is that step's own.
    private int runHere(GpuStep step) {
      StepReport report = new StepReport(out, step.name());
      report.flush();
      try {
        step.run(report.result(), report::flush);
        report.end(StepReport.DONE, "");
        return 0;
      } catch (Throwable e) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace, true));
        report.end("failed", trace.toString());
        return FAILED;
      }
    }

    private int runAll() throws IOException, InterruptedException {
      long end = System.nanoTime() + budget.toNanos();
      int exit = 0;
      for (GpuStep step : GpuStep.ALL) {
        if (!steps.isEmpty() && !steps.contains(step.name())) {
          continue;
        }
        if (StepReport.isDone(out, step.name())) {
          System.out.println(step.name() + ": done before");
          continue;
        }
        long left = TimeUnit.NANOSECONDS.toSeconds(end - System.nanoTime());
        if (left < LEAST_SECONDS) {
          System.out.println(step.name() + ": left out, the budget is spent");
          exit = exit == 0 ? BUDGET_SPENT : exit;
          continue;
        }
        if (!runApart(step, Math.min(left, step.limitSeconds()))) {
          exit = FAILED;
        }
      }
      return exit;
    }

    private boolean runApart(GpuStep step, long seconds) throws IOException, InterruptedException {
      long start = System.nanoTime();
      Process process = start(step);
      boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      String status = StepReport.status(out, step.name());
      if (status.equals("running") || status.equals("not run")) {
        status = ended ? "crashed with exit code " + process.exitValue() : "cut off";
        Files.writeString(
            out.resolve("gpu-" + step.name() + ".end.txt"),
            "%s after %d s%n".formatted(status, seconds));
      }
      System.out.printf(
          "%s: %s after %.1f s%n", step.name(), status, (System.nanoTime() - start) / 1e9);
      return status.equals(StepReport.DONE);
    }

    private Process start(GpuStep step) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
      command.addAll(
          List.of(
              "-cp",
              System.getProperty("java.class.path"),
              GpuSuite.class.getName(),
              "--child",
              "--out",
              out.toString(),
              step.name()));
      return new ProcessBuilder(command).inheritIO().start();
    }
  }
}
