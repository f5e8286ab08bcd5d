// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.QuenchException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Shows on the first GPU that binary products are exact, and times them against cuBLAS: the parts
/// of [BinaryPart], each in its own process with a limit of time, all in one file
/// `gpu-binary.json`. What is done there, with the same GPU and software, is not done again.
///
/// Arguments: `[--rehearse] [--out FOLDER] [PART…]`. A rehearsal needs no GPU: it does the parts on
/// a small scale in emulation where there is `c++`, and goes on to the driver. Exit codes: 0 all is
/// done, 1 a part failed or there is no GPU, 2 wrong usage, 3 a bar of [BinaryBars] was missed.
public final class BinaryBenchmark {
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;
  private static final int BAR_MISSED = 3;
  private static final int NO_GPU = 4;

  private final List<BinaryPart> parts = new ArrayList<>();
  private Path out = Path.of("docs/results");
  private boolean rehearse;
  private boolean child;

  private BinaryBenchmark(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--rehearse" -> rehearse = true;
        case "--child" -> child = true;
        case "--out" -> {
          if (++i == arguments.length) {
            throw new IllegalArgumentException("--out needs a folder");
          }
          out = Path.of(arguments[i]);
        }
        default -> parts.add(part(arguments[i]));
      }
    }
    if (parts.isEmpty()) {
      parts.addAll(List.of(BinaryPart.values()));
    }
  }

  private static BinaryPart part(String label) {
    return Arrays.stream(BinaryPart.values())
        .filter(part -> part.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "there is no part '%s'; there are %s"
                    .formatted(
                        label,
                        Arrays.stream(BinaryPart.values()).map(BinaryPart::label).toList())));
  }

  public static void main(String[] arguments) throws Exception {
    int code;
    try {
      BinaryBenchmark benchmark = new BinaryBenchmark(arguments);
      code = benchmark.child ? benchmark.runHere() : benchmark.runApart();
    } catch (IllegalArgumentException e) {
      System.err.println("binary: " + e.getMessage());
      code = WRONG_USAGE;
    }
    System.exit(code);
  }

  /// Each part in a process.
  private int runApart() throws IOException, InterruptedException {
    Files.createDirectories(out);
    boolean all = true;
    for (BinaryPart part : parts) {
      long start = System.nanoTime();
      int code = runApart(part);
      BinaryReport report = BinaryReport.in(out, rehearse);
      if (code == NO_GPU) {
        System.err.println("binary: " + report.part(part).path("detail").asText());
        report.end(BinaryReport.NO_GPU);
        return FAILED;
      }
      all &= code == 0;
      System.out.printf(
          "binary %s: %s after %.1f s%n",
          part.label(), report.status(part), (System.nanoTime() - start) / 1e9);
    }
    return rehearse ? rehearsed(all) : judged(all);
  }

  private int rehearsed(boolean all) {
    BinaryReport.in(out, true).end(all ? BinaryReport.REHEARSED : "failed");
    return all ? 0 : FAILED;
  }

  private int judged(boolean all) {
    BinaryReport report = BinaryReport.in(out, false);
    BinaryBars.Judgement judgement = BinaryBars.judge(report, BinaryPart.Sizes.onGpu());
    judgement.lines().forEach(System.out::println);
    boolean whole =
        Arrays.stream(BinaryPart.values())
            .allMatch(part -> report.status(part).equals(BinaryReport.DONE));
    report.end(whole ? BinaryReport.DONE : "incomplete");
    if (!all) {
      return FAILED;
    }
    return judgement.missed() ? BAR_MISSED : 0;
  }

  private int runApart(BinaryPart part) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(BinaryBenchmark.class.getName(), "--child", "--out", out.toString()));
    if (rehearse) {
      command.add("--rehearse");
    }
    command.add(part.label());
    long start = System.nanoTime();
    Process process = new ProcessBuilder(command).inheritIO().start();
    boolean ended = process.waitFor(part.limitSeconds(), TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly().waitFor();
    }
    int code = process.exitValue();
    if (!ended || (code != 0 && code != FAILED && code != NO_GPU)) {
      BinaryReport.in(out, rehearse)
          .end(
              part,
              ended ? "crashed with exit code " + code : "cut off",
              "",
              (System.nanoTime() - start) / 1e9);
      return FAILED;
    }
    return code;
  }

  /// The one part, in this process.
  private int runHere() {
    BinaryPart part = parts.getFirst();
    BinaryReport report = BinaryReport.in(out, rehearse);
    long start = System.nanoTime();
    String status;
    String detail = "";
    int code = 0;
    try {
      if (rehearse) {
        report.rehearseHere();
        detail = new BinaryRehearsal(part, report).run();
        status = BinaryReport.REHEARSED;
      } else {
        status = measure(part, report);
        code = status.equals(BinaryReport.DONE) ? 0 : FAILED;
      }
    } catch (NoGpuException e) {
      status = BinaryReport.NO_GPU;
      detail = e.getMessage();
      code = NO_GPU;
    } catch (Throwable e) {
      status = "failed";
      detail = e instanceof QuenchException ? e.getMessage() : trace(e);
      code = FAILED;
    }
    report.end(part, status, detail, (System.nanoTime() - start) / 1e9);
    return code;
  }

  private static String measure(BinaryPart part, BinaryReport report) {
    try (Laboratory laboratory = CudaLaboratory.open(part.moreKernels())) {
      report.measureWith(laboratory.environment());
      if (report.status(part).equals(BinaryReport.DONE)) {
        return BinaryReport.DONE;
      }
      report.begin(part);
      return part.run(laboratory, BinaryPart.Sizes.onGpu(), report)
          ? BinaryReport.DONE
          : "incomplete";
    }
  }

  private static String trace(Throwable e) {
    StringBuilder trace = new StringBuilder(e.toString());
    for (StackTraceElement element : e.getStackTrace()) {
      trace.append("\n  at ").append(element);
    }
    return trace.toString();
  }
}
