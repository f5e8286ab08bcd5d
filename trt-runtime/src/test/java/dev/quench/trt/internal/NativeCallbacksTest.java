// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.trt.JavaProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Our callbacks through TensorRT's real bindings, with CUDA's memory on the host.
@Tag("stubs")
class NativeCallbacksTest {
  @TempDir static Path folder;
  private static JavaProcess process;

  @BeforeAll
  static void run() throws Exception {
    Path plugin = folder.resolve("libnothing.so");
    Path source = folder.resolve("nothing.c");
    Files.writeString(source, "int nothing(void) { return 0; }\n");
    Process compiler =
        new ProcessBuilder("cc", "-shared", "-fPIC", "-o", plugin.toString(), source.toString())
            .inheritIO()
            .start();
    assertThat(compiler.waitFor()).isZero();
    process =
        StubbedCuda.run(
            folder,
            Map.of("STUB_CUDA_MEMORY", "1"),
            List.of("-Dplugin=" + plugin),
            NativeCallbacksMain.class);
  }

  @Test
  void doesNotCrash() {
    assertThat(process.exitCode()).isZero();
    assertThat(process.crashReports()).isEmpty();
  }

  @Test
  void showsAndCancelsABuild() {
    assertThat(process.output())
        .contains("step 0 goes on: true")
        .contains("step 1 goes on: false")
        .contains("stopped: true [Building Engine of 1000, +500, +500, end]")
        .contains("kind: IProgressMonitor 1");
  }

  @Test
  void sumsUpTheTimesOfLayers() {
    assertThat(process.output()).contains("layers: {conv1 + relu=1.5, conv2=0.5}");
  }

  @Test
  void answersWithACacheOfTheVersionThatIsInstalled() {
    assertThat(process.output())
        .contains("ENTROPY_2 cache: TRT-101501-x|a: 3c010a14|")
        .contains("MIN_MAX cache: TRT-101501-x|a: 3c010a14|");
  }

  /// TensorRT may still read what it got before.
  @Test
  void makesTheMemoryOfACacheOnce() {
    assertThat(process.output())
        .contains("ENTROPY_2 asked again: true, 1 times in all")
        .contains("MIN_MAX asked again: true, 1 times in all");
  }

  /// Values of `CalibrationAlgoType`.
  @Test
  void isTheCalibratorThatWasAskedFor() {
    assertThat(process.output())
        .contains("ENTROPY_2 algorithm: 2")
        .contains("MIN_MAX algorithm: 3");
  }

  @Test
  void feedsBatchesUntilThereAreNone() {
    assertThat(process.output())
        .contains("batch size: 7")
        .contains("no cache: 0 0")
        .contains("first batch: true 3.0")
        .contains("second batch: false");
  }

  @Test
  void takesTheCacheThatTensorRtMakes() {
    assertThat(process.output()).contains("made: TRT-101501-EntropyCalibration2|image: 3c010a14|");
  }

  @Test
  void keepsWhatACallbackThrows() {
    assertThat(process.output())
        .contains("batch of an unknown input: false")
        .contains("kept: TensorRT calibrates input 'unknown', but the data have only");
  }

  @Test
  void keepsCallbacksFromTheGarbageCollector() {
    assertThat(process.output()).contains("after garbage collection: 25");
  }

  @Test
  void refusesALibraryWithoutPlugins() {
    assertThat(process.output())
        .containsPattern("plugin: TensorRT: loading plug-in library .*failed");
  }

  @Test
  void freesEverything() {
    assertThat(process.output())
        .contains(
            "left: {TENSORRT_OBJECT=0, STREAM=0, EVENT=0, GRAPH=0, DEVICE_MEMORY=0, PINNED_MEMORY=0, CALLBACK=0}");
  }

  @Test
  void stopsTheBuildAtTheStepAfterACalibratorFailed() {
    assertThat(process.output())
        .contains("step before a failure: true")
        .contains("step after a failure: false");
  }

  @Test
  void takesNoBatchOnceTheBuildIsCancelled() {
    assertThat(process.output())
        .contains("batch of a cancelled build: false, 1 left")
        .contains("cancelled: the build was cancelled; nothing was written");
  }
}
