// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.execute;

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

/// An engine and what it owns through TensorRT's real bindings, used by several threads.
@Tag("stubs")
class NativeEngineTest {
  @TempDir static Path folder;
  private static JavaProcess process;

  @BeforeAll
  static void run() throws Exception {
    process = StubbedCuda.run(folder, Map.of("STUB_CUDA_MEMORY", "1"), List.of(), EngineMain.class);
  }

  @Test
  void doesNotCrash() {
    assertThat(process.exitCode()).as(process.output()).isZero();
    assertThat(process.crashReports()).isEmpty();
  }

  @Test
  void waitsForAContextThatRunsBeforeItCloses() {
    assertThat(process.output())
        .contains("closing waits: true")
        .containsSubsequence("inference: ends", "engine: closed")
        .contains("run after close: the execution context is closed");
  }

  /// It would wait for the inference that calls it.
  @Test
  void isNotClosedByATap() {
    assertThat(process.output())
        .contains("closed by a tap: a tap must not use the engine that calls it to close it")
        .contains("refitted by a tap: a tap must not use the engine that calls it to exchange")
        .contains("after that: [2.0, 4.0]");
  }

  @Test
  void freesEverything() {
    assertThat(process.output())
        .contains(
            "left: {TENSORRT_OBJECT=0, STREAM=0, EVENT=0, GRAPH=0, DEVICE_MEMORY=0, PINNED_MEMORY=0, CALLBACK=0}");
  }
}
