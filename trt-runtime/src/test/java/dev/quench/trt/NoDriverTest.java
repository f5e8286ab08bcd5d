// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.quench.trt.inspect.TensorRtProbe;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nothing crashes a JVM without a driver.
class NoDriverTest {
  @TempDir Path folder;

  @Test
  void everythingSaysWhatIsMissing() throws Exception {
    assumeFalse(TensorRtProbe.availability().isAvailable(), "there is a GPU");
    JavaProcess process = JavaProcess.run(folder, Map.of(), List.of(), NoDriverMain.class);
    assertThat(process.exitCode()).as(process.output()).isZero();
    assertThat(process.crashReports()).isEmpty();
    List<String> lines = process.output().lines().toList();
    assertThat(lines).hasSize(7);
    assertThat(lines.subList(0, 6))
        .allMatch(line -> line.contains(": TensorRT is not available: "));
    assertThat(lines.getLast()).isEqualTo("live: 0");
  }
}
