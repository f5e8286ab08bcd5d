// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.trt.internal.build.RequiredLibrary;
import dev.quench.trt.internal.build.TensorRtBindings;
import java.nio.file.Files;
import java.nio.file.Path;

/// Loads the bindings where there is a second copy of CUDA's runtime, and prints which are loaded.
final class NativeLibrariesMain {
  private static final String RUNTIME = "libcudart.so.13";

  private NativeLibrariesMain() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(System.getProperty("second"));
    Path copy = folder.resolve(RUNTIME);
    Files.createDirectories(folder);
    Files.copy(Path.of(System.getenv("LD_LIBRARY_PATH"), RUNTIME), copy);
    if (Boolean.getBoolean("load.second")) {
      System.load(copy.toString());
    }
    System.out.println("state: " + TensorRtBindings.state());
    ProcessMaps maps = ProcessMaps.read().orElseThrow();
    System.out.println("runtimes: " + maps.librariesNamed(RUNTIME));
    RequiredLibrary.ALL.forEach(library ->
        System.out.println(library.soname() + ": " + maps.librariesNamed(library.soname()).size()));
  }
}
