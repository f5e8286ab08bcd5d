// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quench.gpu.report.Machine;
import dev.quench.gpu.report.StepReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// On a machine without a GPU, where each test of the kernels fails.
class TaggedTestsStepTest {
  private static final String KERNELS = "dev.quench.xnor.cuda";

  @TempDir Path folder;

  private JsonNode runAfter(String gpu, String exactness) throws IOException {
    Files.writeString(
        folder.resolve("gpu-binary.json"),
        """
        {"step": "binary", "status": "incomplete", "environment": {"gpu": "%s"},
         "result": {"parts": {"exactness": {"status": "%s"}}}}
        """
            .formatted(gpu, exactness));
    StepReport report =
        StepReport.open(folder, "tests", new Machine(Map.of(Machine.GPU, "one")), false);
    TaggedTestsStep.run(report, KERNELS);
    return new ObjectMapper()
        .readTree(StepReport.file(folder, "tests").toFile())
        .path("result")
        .path("parts")
        .path(KERNELS);
  }

  @Test
  void leavesOutWhatTheStepBinaryDidOnThisMachine() throws IOException {
    JsonNode part = runAfter("one", "done");
    assertThat(part.path("status").asText()).isEqualTo("done");
    assertThat(part.at("/figures/tests")).hasSize(1);
    assertThat(part.at("/figures/tests/0/test").asText()).endsWith("BinaryGpuTest");
    assertThat(part.at("/figures/tests/0/status").asText()).isEqualTo("passed in step binary");
  }

  @Test
  void runsWhatTheStepBinaryDidNotFinish() throws IOException {
    assertThat(runAfter("one", "failed").at("/figures/tests").toString())
        .contains("BinaryGpuTest")
        .doesNotContain("passed in step binary");
  }

  @Test
  void runsWhatTheStepBinaryDidElsewhere() throws IOException {
    assertThat(runAfter("another", "done").at("/figures/tests").toString())
        .contains("BinaryGpuTest")
        .doesNotContain("passed in step binary");
  }
}
