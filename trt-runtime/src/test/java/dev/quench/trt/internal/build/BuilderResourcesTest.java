// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.trt.internal.CudaDevice;
import dev.quench.trt.internal.PtxIsaTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuilderResourcesTest {
  private static final CudaDevice H100 = new CudaDevice("NVIDIA H100", 9, 0, 80L << 30, 132);

  @TempDir Path folder;

  @Test
  void doubtsADriverThatIsOlderThanThePortableKernels() throws IOException {
    portable(9, 1);
    BuilderResources.Doubt doubt = resources().doubt(H100, 13000).orElseThrow();
    assertThat(doubt.reason())
        .contains("driver supports CUDA 13.0")
        .contains("libnvinfer_builder_resource_ptx.so.10.15.1, need CUDA 13.1 (PTX ISA 9.1)")
        .contains("no libnvinfer_builder_resource_sm90.so.10.15.1");
    assertThat(doubt.remedy())
        .contains("driver for CUDA 13.1 or newer")
        .contains("TensorRT 10.15.1");
  }

  @Test
  void doubtsNothingWhereTheDriverIsNewEnough() throws IOException {
    portable(9, 1);
    assertThat(resources().doubt(H100, 13010)).isEmpty();
  }

  @Test
  void doubtsNothingWhereThereAreKernelsOfThisGpu() throws IOException {
    portable(9, 1);
    file("libnvinfer_builder_resource_sm90.so.10.15.1");
    assertThat(resources().doubt(H100, 13000)).isEmpty();
    assertThat(resources().names())
        .containsExactly(
            "libnvinfer_builder_resource_ptx.so.10.15.1",
            "libnvinfer_builder_resource_sm90.so.10.15.1");
  }

  @Test
  void doubtsKernelsOfOtherGpusAlone() throws IOException {
    file("libnvinfer_builder_resource_sm89.so.10.15.1");
    assertThat(resources().doubt(H100, 13010).orElseThrow().reason())
        .isEqualTo(
            "neither libnvinfer_builder_resource_sm90.so.10.15.1 for this GPU nor libnvinfer_builder_resource_ptx.so.10.15.1 was found");
  }

  @Test
  void takesNoFileOfAnotherVersion() throws IOException {
    file("libnvinfer_builder_resource_sm90.so.10.14.1");
    file("libnvinfer_builder_resource_ptx.so.10.15.2");
    assertThat(resources().doubt(H100, 13010).orElseThrow().reason())
        .contains("no libnvinfer_builder_resource_*.so.10.15.1 was found");
  }

  @Test
  void claimsNothingOfKernelsThatItCannotRead() throws IOException {
    file("libnvinfer_builder_resource_ptx.so.10.15.1");
    assertThat(resources().doubt(H100, 13000)).isEmpty();
  }

  private BuilderResources resources() {
    return BuilderResources.in(List.of(folder.resolve("none"), folder), "10.15.1.29");
  }

  private void file(String name) throws IOException {
    Files.write(folder.resolve(name), new byte[0]);
  }

  private void portable(int major, int minor) throws IOException {
    ByteBuffer file = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
    PtxIsaTest.binary(file, 100, 1, major, minor);
    Files.write(folder.resolve("libnvinfer_builder_resource_ptx.so.10.15.1"), file.array());
  }
}
