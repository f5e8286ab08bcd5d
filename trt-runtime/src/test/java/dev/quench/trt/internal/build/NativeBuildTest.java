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

/// Builds through TensorRT's real bindings, with a fake builder.
@Tag("stubs")
class NativeBuildTest {
  @TempDir static Path folder;
  private static JavaProcess process;

  @BeforeAll
  static void run() throws Exception {
    process =
        StubbedCuda.run(
            folder, Map.of("STUB_CUDA_VERSION", "13000"), List.of(), NativeBuildMain.class);
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

  /// Bits of the sources: cuBLAS 0, edge mask 3, the default here, and JIT 4.
  @Test
  void addsTacticSourcesToTheDefault() {
    assertThat(process.output()).contains("ordinary sources: 11001");
  }

  @Test
  void namesTheReasonOfTheKernelsFirst() {
    assertThat(process.output())
        .contains(
            "without kernels: TensorRT: building the engine failed:"
                + " no kernel was found for node conv1 + relu1;"
                + " the driver refuses the PTX of TensorRT's kernels as too new (CUDA error 222,"
                + " CUDA_ERROR_UNSUPPORTED_PTX_VERSION); 2 kernels were skipped, 1 of them due to"
                + " insufficient memory on requested size of 99; the driver supports CUDA 13.0, but");
  }

  /// The real library of the redist jar on a stand-in for a driver of CUDA 13.0.
  @Test
  void namesTheDriverThatIsOlderThanTheKernels() {
    String doubt =
        "the driver supports CUDA 13.0, but the portable kernels of TensorRT's builder,"
            + " libnvinfer_builder_resource_ptx.so.10.15.1, need CUDA 13.1 (PTX ISA 9.1),"
            + " and no libnvinfer_builder_resource_sm90.so.10.15.1 has kernels for this GPU";
    assertThat(process.output().lines())
        .anyMatch(line -> line.startsWith("finding: ") && line.contains(doubt))
        .anyMatch(line -> line.startsWith("without kernels: ") && line.contains(doubt));
  }

  /// The builder's slot 9 is createOptimizationProfile, which gives none here.
  @Test
  void setsACalibrationProfileOnlyForFreeDimensions() {
    assertThat(process.output())
        .contains("with fixed dimensions: 3 bytes")
        .contains("with a free dimension: TensorRT: createOptimizationProfile failed");
    assertThat(process.output().lines())
        .anyMatch(
            line -> line.startsWith("with fixed dimensions others:") && !line.contains("builder."));
  }

  @Test
  void refusesAPointerThatIsNoObject() {
    assertThat(process.output()).contains("no object: TensorRT: createInferBuilder failed");
  }

  @Test
  void freesEverything() {
    assertThat(process.output()).contains("left: {TENSORRT_OBJECT=0,").contains("CALLBACK=0}");
  }
}
