// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.trt.JavaProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Builds through TensorRT's real bindings, with a fake builder.
@Tag("stubs")
class NativeBuildTest {
  @TempDir static Path folder;
  private static JavaProcess process;

  @BeforeAll
  static void run() throws Exception {
    process = StubbedCuda.run(folder, Map.of(), List.of(), NativeBuildMain.class);
  }

  @Test
  void doesNotCrash() {
    assertThat(process.exitCode()).as(process.output()).isZero();
    assertThat(process.crashReports()).isEmpty();
  }

  @Test
  void givesThePlanAndKeepsTheTimes() {
    assertThat(process.output()).contains("times kept: 3").contains("ordinary: 3 bytes");
  }

  @Test
  void destroysTimingCachesAfterAllThatMayUseThem() {
    assertThat(process.output())
        .contains("ordinary destroyed: [times, config, plan, network, builder, timing cache]");
  }

  @Test
  void doesNotFailBecauseOfAnErrorInAnotherThread() {
    assertThat(process.output())
        .contains("while another thread fails: 3 bytes")
        .contains("an object: taken");
  }

  @Test
  void refusesAPointerThatIsNoObject() {
    assertThat(process.output()).contains("no object: TensorRT: createInferBuilder failed");
  }

  @Test
  void freesEverything() {
    assertThat(process.output())
        .contains("left: {TENSORRT_OBJECT=0,")
        .contains("CALLBACK=0}");
  }
}
