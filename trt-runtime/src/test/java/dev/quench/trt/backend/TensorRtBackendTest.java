// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.trt.JavaProcess;
import dev.quench.trt.OpenMain;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorRtBackendTest {
  @TempDir Path folder;

  @Test
  void isNamedAsOnTheCommandLine() {
    assertThat(new TensorRtBackend().name()).isEqualTo("tensorrt");
  }

  @Test
  void openWithoutGpuGivesOneClearLine() throws Exception {
    JavaProcess process =
        JavaProcess.run(
            folder,
            Map.of("LD_LIBRARY_PATH", "", "CUDA_VISIBLE_DEVICES", ""),
            List.of(),
            OpenMain.class);
    assertThat(process.exitCode()).as(process.output()).isZero();
    assertThat(process.crashReports()).isEmpty();
    List<String> lines = process.output().lines().toList();
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).isEqualTo("dev.quench.trt.TensorRtException");
    assertThat(lines.get(1))
        .startsWith("TensorRT is not available: ")
        .contains("NVIDIA driver")
        .contains("; install ");
  }
}
