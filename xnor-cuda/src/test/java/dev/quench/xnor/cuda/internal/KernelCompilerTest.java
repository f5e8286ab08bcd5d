// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.xnor.cuda.CudaException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// CUDA's own compiler on the kernels; needs no GPU, but `cc`: the bindings of the compiler load
/// those of the driver, for which an empty library stands in.
@Tag("nvrtc")
class KernelCompilerTest {
  @TempDir static Path folder;

  private static final String MULTIPLY = "mma.sync.aligned.m16n8k256.row.col.s32.b1.b1.s32.";

  @BeforeAll
  static void standInForTheDriver() throws Exception {
    Path library = folder.resolve("libcuda.so.1");
    Path empty = Files.writeString(folder.resolve("empty.c"), "");
    int code =
        new ProcessBuilder(
                "cc",
                "-shared",
                "-Wl,-soname,libcuda.so.1",
                "-o",
                library.toString(),
                empty.toString())
            .inheritIO()
            .start()
            .waitFor();
    assertThat(code).isZero();
    System.load(library.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"compute_80", "compute_90"})
  void givesBothProductsOfTheTensorCoresAsPtx(String architecture) {
    String ptx = ptx(KernelSource.text(true), architecture);
    for (String form : new String[] {"Xor", "And"}) {
      for (String kernel :
          new String[] {
            "tensorGemm" + form, "tensorGemm" + form + "Narrow", "tensorConvolution" + form
          }) {
        String wanted = form.equals("Xor") ? "xor.popc" : "and.popc";
        String other = form.equals("Xor") ? "and.popc" : "xor.popc";
        assertThat(body(ptx, kernel))
            .as(kernel)
            .contains(MULTIPLY + wanted)
            .doesNotContain(MULTIPLY + other)
            .contains("cp.async.");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"compute_80", "compute_90"})
  void measuresTheLimitOnRegistersAlone(String architecture) {
    String ptx = ptx(KernelSource.text(true) + InstructionLimit.source(), architecture);
    for (String form : new String[] {"Xor", "And"}) {
      assertThat(body(ptx, "limit" + form))
          .contains(MULTIPLY + form.toLowerCase(Locale.ROOT) + ".popc")
          .doesNotContain("ld.global", "ld.shared", "ld.local", "st.local");
    }
    assertThat(
            KernelCompiler.machineCode(
                KernelSource.text(true) + InstructionLimit.source(),
                architecture.replace("compute", "sm")))
        .startsWith(0x7f, 'E', 'L', 'F');
  }

  @Test
  void countsBitsByInstructionForEveryGpu() {
    String ptx = ptx(KernelSource.text(false), "compute_75");
    assertThat(body(ptx, "popcountGemm")).contains("popc.b32").contains("xor.b32");
    assertThat(body(ptx, "popcountConvolution")).contains("popc.b32");
    assertThat(body(ptx, "packTiles")).contains("vote.sync.ballot.b32");
    assertThat(body(ptx, "packRows")).contains("vote.sync.ballot.b32");
    assertThat(ptx).doesNotContain("mma.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm_80", "sm_120"})
  void givesMachineCode(String architecture) {
    byte[] code = KernelCompiler.machineCode(KernelSource.text(true), architecture);
    assertThat(code).startsWith(0x7f, 'E', 'L', 'F');
  }

  @Test
  void choosesMachineCodeForAKnownGpuAndPtxForANewerOne() {
    String source = KernelSource.text(true);
    assertThat(KernelCompiler.compileFor(source, 9, 0)).startsWith(0x7f, 'E', 'L', 'F');
    assertThat(new String(KernelCompiler.compileFor(source, 99, 0), StandardCharsets.UTF_8))
        .contains(".target sm_");
    assertThatThrownBy(() -> KernelCompiler.compileFor(source, 3, 5))
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("the GPU has 3.5");
  }

  @Test
  void repeatsWhatTheCompilerSaysWithFileAndLine() {
    assertThatThrownBy(
            () -> KernelCompiler.ptx("#line 7 \"own.cu\"\nint x = missing;\n", "compute_80"))
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("for compute_80")
        .hasMessageContaining("own.cu(7): error: identifier \"missing\" is undefined");
  }

  private static String ptx(String source, String architecture) {
    return new String(KernelCompiler.ptx(source, architecture), StandardCharsets.UTF_8);
  }

  private static String body(String ptx, String kernel) {
    int start = ptx.indexOf(".entry " + kernel + "(");
    assertThat(start).as(kernel).isNotNegative();
    int end = ptx.indexOf(".entry ", start + 1);
    return end < 0 ? ptx.substring(start) : ptx.substring(start, end);
  }
}
