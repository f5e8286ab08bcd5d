// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.trt.JavaProcess;
import dev.quench.trt.internal.StubbedCuda;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Timing caches through TensorRT's real bindings, on a fake configuration.
@Tag("stubs")
class NativeTimingsTest {
  @TempDir static Path folder;
  private static JavaProcess process;

  @BeforeAll
  static void run() throws Exception {
    process = StubbedCuda.run(folder, Map.of(), List.of(), NativeTimingsMain.class);
  }

  @Test
  void doesNotCrash() {
    assertThat(process.exitCode()).as(process.output()).isZero();
    assertThat(process.crashReports()).isEmpty();
    assertThat(process.output()).doesNotContain("unexpected call");
  }

  @Test
  void startsFromWhatIsStoredAndAddsToIt() {
    assertThat(process.output())
        .contains("from nothing: '' to 'conv'")
        .contains("known before: 'conv' to 'conv pool'");
  }

  @Test
  void losesNothingOfWhatOthersStoredMeanwhile() {
    assertThat(process.output()).contains("another build meanwhile: 'conv' to 'conv gemm pool'");
  }

  @Test
  void replacesTimesOfAnotherGpu() {
    assertThat(process.output()).contains("of another GPU: '' to 'pool'");
  }

  @Test
  void freesEverything() {
    assertThat(process.output()).contains("left: {TENSORRT_OBJECT=0,");
  }
}
