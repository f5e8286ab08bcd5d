// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quench.cli.output.VectorKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class LauncherTest {
  @TempDir private Path folder;

  @Test
  void knowsTheCommandsThatRunVectorKernels() throws IOException {
    List<String> commands =
        RootCommand.commandLine().getSubcommands().entrySet().stream()
            .filter(each ->
                each.getValue()
                    .getCommandSpec()
                    .userObject()
                    .getClass()
                    .isAnnotationPresent(VectorKernels.class))
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    assertThat(Files.readAllLines(Path.of("../scripts/vector-kernel-commands")))
        .isEqualTo(commands)
        .contains("demo", "run");
  }

  @Test
  void saysNothingOfJavasOwn() throws Exception {
    UnpackedDistribution quench = UnpackedDistribution.in(folder);
    UnpackedDistribution.Outcome help = quench.run(Map.of(), "eval", "--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out()).contains("Usage: quench eval");

    UnpackedDistribution.Outcome wrong = quench.run(Map.of(), "eval", "none.onnx");
    assertThat(wrong.exitCode()).isEqualTo(1);
    assertThat(wrong.err()).startsWith("quench eval: ").contains("none.onnx").hasLineCount(1);
  }

  @Test
  void passesOnWhyJavaDoesNotStart() throws Exception {
    UnpackedDistribution.Outcome outcome =
        UnpackedDistribution.in(folder).run(Map.of("QUENCH_JAVA_OPTS", "-Xnonsense"), "run");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err()).contains("-Xnonsense");
  }

  @Test
  void runsWithoutStandardError() throws Exception {
    UnpackedDistribution.Outcome outcome =
        UnpackedDistribution.in(folder)
            .process(Map.of(), List.of("bash", "-c", "bash bin/quench eval --help 2>&-"));
    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.out()).contains("Usage: quench eval");
  }

  @Test
  void leavesTheTerminalToTheCommand() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "script is not installed");
    String terminal =
        "script -qec 'bash bin/quench eval --help >/dev/null; bash bin/quench eval none.onnx' /dev/null";
    UnpackedDistribution.Outcome outcome =
        UnpackedDistribution.in(folder).process(Map.of(), List.of("bash", "-c", terminal));
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.out().strip()).startsWith("quench eval: ").hasLineCount(1);
  }

  @Test
  void triesToPrepareFasterStartsOnce() throws Exception {
    UnpackedDistribution quench = UnpackedDistribution.in(folder);
    Path prepared = folder.resolve("quench.aot");
    Files.delete(prepared);
    UnpackedDistribution.Outcome first = quench.run(Map.of(), "--version");
    assertThat(first.exitCode()).isZero();
    assertThat(first.err()).isEqualTo("quench: preparing faster starts, once ...\n");
    assertThat(prepared).exists();
    UnpackedDistribution.Outcome second = quench.run(Map.of(), "--version");
    assertThat(second.out()).isEqualTo(first.out()).startsWith("quench ");
    assertThat(second.err()).isEmpty();
  }
}
