// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.run.Availability;
import dev.quench.trt.JavaProcess;
import dev.quench.trt.ProbeMain;
import dev.quench.trt.backend.TensorRtBackend;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorRtProbeTest {
  /// Hides every GPU, so that the tests are the same on a machine that has one.
  private static final Map<String, String> NO_GPU =
      Map.of("LD_LIBRARY_PATH", "", "CUDA_VISIBLE_DEVICES", "");

  @TempDir Path folder;

  @Test
  void answersWithoutCrashingWhereThereIsNoGpu() throws Exception {
    JavaProcess process = JavaProcess.run(folder, NO_GPU, List.of(), ProbeMain.class);
    assertThat(process.exitCode()).as(process.output()).isZero();
    assertThat(process.crashReports()).isEmpty();
    assertThat(process.output())
        .contains("unavailable: ")
        .contains("remedy: ")
        .contains("NVIDIA driver");
  }

  @Test
  void loadsNoBindingWhereThereIsNoGpu() throws Exception {
    JavaProcess process =
        JavaProcess.run(folder, NO_GPU, List.of("-Xlog:class+load"), ProbeMain.class);
    assertThat(process.exitCode()).as(process.output()).isZero();
    assertThat(process.output())
        .contains("dev.quench.trt.inspect.TensorRtProbe ")
        .doesNotContain("org.bytedeco.");
  }

  @Test
  void answersWithoutRightsToCallNativeCode() throws Exception {
    JavaProcess process =
        JavaProcess.run(
            folder,
            NO_GPU,
            List.of("--illegal-native-access=deny", "--enable-native-access=java.base"),
            ProbeMain.class);
    assertThat(process.exitCode()).as(process.output()).isZero();
    assertThat(process.output()).contains("unavailable: ");
  }

  @Test
  void givesARemedyForEveryMissingThing() {
    assertThat(TensorRtProbe.findings())
        .extracting(Finding::name)
        .startsWith("platform", "GPU")
        .contains("libcudart.so.13", "libnvinfer.so.10", "libnvonnxparser.so.10");
    assertThat(TensorRtProbe.findings())
        .allSatisfy(finding -> {
          assertThat(finding.detail()).isNotBlank().doesNotContain("\n");
          assertThat(finding.remedy().isEmpty())
              .isEqualTo(finding.found() && !finding.isDoubtful());
        });
  }

  @Test
  void isAvailableExactlyWhenNothingIsMissing() {
    assertThat(TensorRtProbe.availability().isAvailable())
        .isEqualTo(TensorRtProbe.findings().stream().allMatch(Finding::found));
  }

  @Test
  void reportsTheFirstThingMissing() {
    TensorRtProbe.findings().stream()
        .filter(finding -> !finding.found())
        .findFirst()
        .ifPresent(finding ->
            assertThat(TensorRtProbe.availability())
                .isEqualTo(new Availability.Unavailable(finding.detail(), finding.remedy())));
    assertThat(new TensorRtBackend().availability()).isEqualTo(TensorRtProbe.availability());
  }
}
