// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;

/// A shared library of CUDA that the bindings link against. The search follows JavaCPP and the
/// dynamic linker: a `redist` jar on the class path, `java.library.path`, then the name alone.
///
/// @param soname for example `libnvrtc.so.13`
/// @param remedy what the user can do if it is missing
record SharedLibrary(String soname, String remedy) {
  private static final String TOOLKIT =
      "install CUDA 13 and put its lib64 on LD_LIBRARY_PATH, or add org.bytedeco:cuda-redist to the class path";

  static final SharedLibrary DRIVER =
      new SharedLibrary(
          "libcuda.so.1",
          "install NVIDIA's driver 580 or newer, and in a container start it with --gpus all");
  static final SharedLibrary RUNTIME = new SharedLibrary("libcudart.so.13", TOOLKIT);
  static final SharedLibrary COMPILER = new SharedLibrary("libnvrtc.so.13", TOOLKIT);
  static final SharedLibrary CUBLAS = new SharedLibrary("libcublas.so.13", TOOLKIT);

  /// @throws IllegalCallerException if native access is denied to this JVM
  boolean isPresent() {
    String resource = "org/bytedeco/cuda/linux-x86_64/" + soname;
    if (SharedLibrary.class.getClassLoader().getResource(resource) != null) {
      return true;
    }
    for (String folder :
        System.getProperty("java.library.path", "").split(File.pathSeparator, -1)) {
      if (!folder.isEmpty() && new File(folder, soname).isFile()) {
        return true;
      }
    }
    try {
      SymbolLookup.libraryLookup(soname, Arena.global());
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
