// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.trt.JavaProcess;
import dev.quench.trt.internal.build.RequiredLibrary;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which files of CUDA's and TensorRT's libraries the bindings get.
@Tag("stubs")
class NativeLibrariesTest {
  @TempDir Path folder;

  /// The folder stands for /usr/local/cuda/lib64, where JavaCPP looks first.
  @Test
  void takesTheLibrariesOfTheLibraryPathAlone() throws Exception {
    Path second = folder.resolve("second");
    JavaProcess process = run(second, "-Dorg.bytedeco.javacpp.platform.linkpath=" + second);
    assertThat(process.output())
        .contains("state: Loaded[")
        .contains("runtimes: [" + folder.resolve("stubs").resolve("libcudart.so.13") + "]");
    RequiredLibrary.ALL.forEach(
        library -> assertThat(process.output()).contains(library.soname() + ": 1"));
  }

  @Test
  void refusesASecondCopyThatIsLoadedAlready() throws Exception {
    Path second = folder.resolve("second");
    JavaProcess process = run(second, "-Dload.second=true");
    assertThat(process.output())
        .contains("state: Failed[reason=2 copies of libcudart.so.13 are loaded in this process: [")
        .contains(second.resolve("libcudart.so.13").toString());
  }

  /// The real libraries name versions of symbols, and so must what stands in for them.
  @Test
  void standInsHaveTheVersionsOfTheRealLibraries() throws Exception {
    JavaProcess process = run(folder.resolve("second"), "-Xshare:auto");
    assertThat(process.output())
        .contains("state: Loaded[")
        .doesNotContain("no version information available");
    Process nm =
        new ProcessBuilder(
                "nm", "-D", "--with-symbol-versions", folder.resolve("stubs/libcudart.so.13") + "")
            .redirectErrorStream(true)
            .start();
    assertThat(new String(nm.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("cudaMalloc@@libcudart.so.13");
  }

  private JavaProcess run(Path second, String option) throws Exception {
    JavaProcess process =
        StubbedCuda.run(
            folder, Map.of(), List.of("-Dsecond=" + second, option), NativeLibrariesMain.class);
    assertThat(process.exitCode()).as(process.output()).isZero();
    assertThat(process.crashReports()).isEmpty();
    return process;
  }
}
