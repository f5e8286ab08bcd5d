// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quench.xnor.cuda.internal.BinaryBenchmark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Processes of their own that see no GPU, on any machine.
class WithoutGpuTest {
  private static final long TIMEOUT_SECONDS = 120;
  private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";

  @TempDir Path folder;

  private record Outcome(int exitCode, String output, String errors, boolean crashed) {}

  private Outcome run(Class<?> main, String... options) throws Exception {
    return run(main, List.of(options), List.of());
  }

  private Outcome run(Class<?> main, List<String> options, List<String> arguments)
      throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    Path output = folder.resolve("output.txt");
    Path errors = folder.resolve("errors.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile());
    builder.environment().put("LD_LIBRARY_PATH", "");
    builder.environment().put("CUDA_VISIBLE_DEVICES", "");
    Process process = builder.start();
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(main + " did not end:\n" + Files.readString(output));
    }
    try (var files = Files.list(folder)) {
      return new Outcome(
          process.exitValue(),
          Files.readString(output),
          Files.readString(errors),
          files.anyMatch(file -> file.getFileName().toString().startsWith("hs_err")));
    }
  }

  @Test
  void theProbeSaysWhatIsMissingAndOpeningIsRefused() throws Exception {
    Outcome outcome = run(ProbeMain.class, NATIVE);
    assertThat(outcome.exitCode()).as(outcome.errors()).isZero();
    assertThat(outcome.crashed()).isFalse();
    assertThat(outcome.output())
        .contains("Unavailable[reason=")
        .contains("NVIDIA driver")
        .contains("refused: no GPU for binary kernels: ")
        .contains("install NVIDIA's driver");
  }

  @Test
  void rightsToCallNativeCodeMayBeMissing() throws Exception {
    Outcome outcome =
        run(ProbeMain.class, "--illegal-native-access=deny", "--enable-native-access=java.base");
    assertThat(outcome.exitCode()).as(outcome.errors()).isZero();
    assertThat(outcome.output()).contains("Unavailable[reason=");
  }

  @Test
  void theBenchmarkFailsInOneLineAndLeavesTheReasonInItsReport() throws Exception {
    Outcome outcome = run(BinaryBenchmark.class, List.of(NATIVE), List.of("--out", "results"));
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.output()).isEmpty();
    assertThat(outcome.errors().lines())
        .singleElement()
        .asString()
        .startsWith("binary: no GPU for binary kernels: ");
    JsonNode report =
        new ObjectMapper().readTree(folder.resolve("results/gpu-binary.json").toFile());
    assertThat(report.path("status").asText()).isEqualTo("no GPU");
    assertThat(report.at("/result/parts/exactness/detail").asText())
        .startsWith("no GPU for binary kernels: ");
  }

  @Test
  void theRehearsalComesUpToTheDriver() throws Exception {
    Outcome outcome =
        run(
            BinaryBenchmark.class,
            List.of(NATIVE),
            List.of("--rehearse", "--out", "results", "exactness"));
    assertThat(outcome.exitCode()).as(outcome.output() + outcome.errors()).isZero();
    assertThat(outcome.output()).startsWith("binary exactness: rehearsed after ");
    JsonNode report =
        new ObjectMapper().readTree(folder.resolve("results/gpu-binary-rehearsal.json").toFile());
    assertThat(report.at("/result/parts/exactness/detail").asText())
        .startsWith("cases found; then up to the driver: no GPU for binary kernels: ");
    assertThat(report.at("/result/parts/exactness/cases/0/case").asText())
        .isEqualTo("BinaryGpuTest");
  }

  @Test
  void anUnknownPartIsWrongUsage() throws Exception {
    Outcome outcome = run(BinaryBenchmark.class, List.of(NATIVE), List.of("speed"));
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.errors())
        .isEqualTo(
            "binary: there is no part 'speed'; there are [exactness, square, limit, perceptron]\n");
  }
}
