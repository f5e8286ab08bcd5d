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

/// Contexts through TensorRT's real bindings, on an engine that doubles its input and with CUDA's
/// memory on the host.
@Tag("stubs")
class NativeContextTest {
  @TempDir static Path folder;
  private static JavaProcess process;

  @BeforeAll
  static void run() throws Exception {
    process =
        StubbedCuda.run(
            folder,
            Map.of("STUB_CUDA_MEMORY", "1", "STUB_CUDA_GRAPHS", "1"),
            List.of(),
            NativeContextMain.class);
  }

  @Test
  void doesNotCrash() {
    assertThat(process.exitCode()).as(process.output()).isZero();
    assertThat(process.crashReports()).isEmpty();
    assertThat(process.output()).doesNotContain("unexpected call");
  }

  @Test
  void setsUpShapesAndAddressesOnce() {
    assertThat(process.output())
        .contains("first: [2.0, 4.0] [shape x [2], address x, address y, enqueue]")
        .contains("again: [6.0, 8.0] [enqueue]");
  }

  @Test
  void reusesMemoryForSmallerShapes() {
    assertThat(process.output()).contains("other shape: [10.0] [shape x [1], enqueue]");
  }

  @Test
  void choosesTheProfileThatFits() {
    assertThat(process.output())
        .contains(
            "other profile: [2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0] [profile 1, shape x [7], address x, address y, enqueue]");
  }

  /// A context may forget addresses when its profile changes.
  @Test
  void tellsAddressesAgainWhenTheProfileChanges() {
    assertThat(process.output())
        .contains(
            "first profile: [2.0, 4.0] [profile 0, shape x [2], address x, address y, enqueue]");
  }

  @Test
  void isUsableAfterAFailure() {
    assertThat(process.output())
        .contains("failure: TensorRT: enqueueV3 failed")
        .contains("after failure: [18.0]");
  }

  @Test
  void timesStagesByEvents() {
    assertThat(process.output()).contains("times: 0.25");
  }

  @Test
  void countsWhatLives() {
    assertThat(process.output())
        .contains(
            "live: {TENSORRT_OBJECT=1, STREAM=1, EVENT=4, GRAPH=0, DEVICE_MEMORY=2, PINNED_MEMORY=2, CALLBACK=0}")
        .contains(
            "left: {TENSORRT_OBJECT=0, STREAM=0, EVENT=0, GRAPH=0, DEVICE_MEMORY=0, PINNED_MEMORY=0, CALLBACK=0}");
  }

  @Test
  void leavesResidentTensorsWhereTheyAre() {
    assertThat(process.output())
        .contains("resident: [2.0, 4.0, 6.0] after copies: 0")
        .contains(
            "too small: IllegalArgumentException: 'x' needs 16 bytes for shape [4], the memory on the device has 12")
        .contains("from the host: [14.0, 16.0]");
  }

  @Test
  void doesNotRunOnMemoryThatWasRefused() {
    assertThat(process.output())
        .contains("run after that: IllegalStateException: input 'x' FLOAT")
        .contains("less memory: taken")
        .contains("closed memory: IllegalStateException: the tensor on the device is closed");
  }

  @Test
  void endsAccessToStagingMemoryThatIsGone() {
    assertThat(process.output())
        .contains("staging that was replaced: IllegalStateException")
        .contains("staging that was freed: IllegalStateException");
  }

  @Test
  void choosesAProfileOnceAllInputsHaveTheirShapes() {
    assertThat(process.output())
        .contains("without the other input: IllegalStateException: input 'w' FLOAT")
        .contains(
            "both small: [shape x [2], address x, shape w [2], address w, address y, enqueue]")
        .contains(
            "both large: [profile 1, shape x [8], address x, shape w [9], address w, address y, enqueue]")
        .contains(
            "both small again: [profile 0, shape x [3], address x, shape w [4], address w, address y, enqueue]")
        .contains(
            "at once: {} [profile 1, shape x [8], address x, shape w [8], address w, address y, enqueue]");
  }

  @Test
  void refusesShapesThatDoNotFitTogether() {
    assertThat(process.output())
        .contains(
            "one of each: IllegalArgumentException: no profile of the engine serves the shapes of all inputs together")
        .contains(
            "no agreement: TensorRtException: TensorRT: the shapes of the inputs do not fit together: ['x' [9], 'w' [8]]");
  }

  /// The first inference runs as it is, the second is recorded and launched, and so on.
  @Test
  void recordsInferencesThatRepeatAShape() {
    assertThat(process.output())
        .contains("captured: true, launches 3")
        .contains("graphs: 1")
        .contains("after another shape: false");
  }

  @Test
  void allocatesNothingInTheSteadyState() {
    assertThat(process.output()).contains("bytes per call: 0");
  }
}
