// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.onnx.OnnxWriter;
import dev.quench.trt.JavaProcess;
import dev.quench.trt.Models;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// TensorRT's real libraries through the bindings, on stand-ins for CUDA's whose calls all fail.
@Tag("stubs")
class NativeLayerTest {
  @TempDir static Path folder;
  private static JavaProcess process;

  @BeforeAll
  static void run() throws Exception {
    Path model = folder.resolve("relu.onnx");
    OnnxWriter.write(Models.relu(4), model);
    process = StubbedCuda.run(folder, Map.of(), List.of("-Dmodel=" + model), NativeLayerMain.class);
  }

  @Test
  void doesNotCrash() {
    assertThat(process.exitCode()).isZero();
    assertThat(process.crashReports()).isEmpty();
  }

  @Test
  void loadsTheRealLibraries() {
    assertThat(process.output())
        .contains("availability: Available[description=TensorRT 10.15.1.29 with CUDA runtime ")
        .contains("stub device, compute capability 9.0")
        .contains("kernels to build from: libnvinfer_builder_resource_ptx.so.10.15.1");
  }

  @Test
  void reportsAFailingBuilderInItsOwnWords() {
    assertThat(process.output())
        .contains("open: TensorRT: createInferBuilder failed; TensorRT says: error: ")
        .contains("CUDA initialization failure");
  }

  @Test
  void reportsAFailingRuntimeInItsOwnWords() {
    assertThat(process.output())
        .contains("load: TensorRT: createInferRuntime failed; TensorRT says: error: ");
  }

  @Test
  void namesTheCallOfCudaThatFailed() {
    assertThat(process.output())
        .contains("DEVICE: CUDA: cudaMalloc of 100 bytes failed with cudaError")
        .contains("PINNED_HOST: CUDA: cudaMallocHost of 100 bytes failed with cudaError");
  }

  @Test
  void readsTheParsersErrorsAndLog() {
    assertThat(process.output())
        .contains("parse: false")
        .contains("parser: kMODEL_DESERIALIZE_FAILED")
        .contains("log: [error: ");
  }

  /// A parser takes at least 1,592 bytes: the 20,000 that were made would leak 30 MiB.
  @Test
  void freesWhatItCreates() {
    String line =
        process
            .output()
            .lines()
            .filter(l -> l.startsWith("leaked MiB: "))
            .findFirst()
            .orElseThrow();
    assertThat(Integer.parseInt(line.substring(line.indexOf(':') + 2))).isLessThan(15);
  }
}
