// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.quench.trt.JavaProcess;
import dev.quench.trt.inspect.TensorRtProbe;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GpuSuiteTest {
  @TempDir Path folder;

  /// One line, and no crash.
  @Test
  void endsInOneLineWithoutGpu() throws Exception {
    assumeFalse(TensorRtProbe.availability().isAvailable(), "there is a GPU");
    JavaProcess process = JavaProcess.run(folder, Map.of(), List.of(), GpuSuite.class);
    assertThat(process.exitCode()).as(process.output()).isEqualTo(1);
    assertThat(process.output().lines())
        .singleElement()
        .satisfies(line -> assertThat(line).startsWith("gpu-suite: no GPU: "));
    assertThat(process.crashReports()).isEmpty();
    assertThat(folder.resolve("results/machine.json")).exists();
    assertThat(folder.resolve("results/results.tgz")).exists();
  }
}
