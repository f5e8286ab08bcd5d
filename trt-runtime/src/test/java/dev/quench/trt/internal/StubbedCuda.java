// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.trt.JavaProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Runs main classes on TensorRT's real libraries with stand-ins for CUDA's.
public final class StubbedCuda {
  private StubbedCuda() {}

  /// @param environment for the stand-ins, besides where they are
  public static JavaProcess run(
      Path folder, Map<String, String> environment, List<String> options, Class<?> main)
      throws IOException, InterruptedException {
    Path bindings = Files.createDirectory(folder.resolve("jni"));
    for (String name : List.of("cudart", "cublas", "cudnn", "nvrtc")) {
      extract("org/bytedeco/cuda/linux-x86_64/libjni" + name + ".so", bindings);
    }
    Path stubs = folder.resolve("stubs");
    Process build =
        new ProcessBuilder("sh", "src/test/native/stubs.sh", bindings.toString(), stubs.toString())
            .inheritIO()
            .start();
    assertThat(build.waitFor()).isZero();
    Map<String, String> variables = new HashMap<>(environment);
    variables.put("LD_LIBRARY_PATH", stubs.toString());
    List<String> all = new ArrayList<>(options);
    all.add("-Dorg.bytedeco.javacpp.cachedir=" + Path.of("target/javacpp").toAbsolutePath());
    JavaProcess process =
        JavaProcess.run(Files.createDirectory(folder.resolve("run")), variables, all, main);
    System.out.println(process.output());
    return process;
  }

  private static void extract(String resource, Path target) throws IOException {
    try (InputStream in = StubbedCuda.class.getClassLoader().getResourceAsStream(resource)) {
      assertThat(in).as(resource).isNotNull();
      Files.copy(in, target.resolve(Path.of(resource).getFileName().toString()));
    }
  }
}
