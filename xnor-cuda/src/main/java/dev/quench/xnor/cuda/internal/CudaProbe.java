// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.io.NativeLibraries;
import dev.quench.run.Availability;
import java.util.List;
import java.util.Locale;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nvrtc;

/// Checks once per JVM whether the GPU is usable.
///
/// It looks for the libraries first and loads the bindings only if all are present: a binding class
/// that fails to initialize stays broken for the life of the JVM. Thread-safe; never throws.
public final class CudaProbe {
  private CudaProbe() {}

  private static final class Holder {
    static final Availability RESULT = probe();
  }

  /// The result of the check, with the first missing requirement and its remedy.
  public static Availability availability() {
    return Holder.RESULT;
  }

  private static Availability probe() {
    NativeLibraries.useCheckedFolder();
    String system = System.getProperty("os.name", "unknown");
    String architecture = System.getProperty("os.arch", "unknown");
    if (!system.toLowerCase(Locale.ROOT).startsWith("linux") || !architecture.equals("amd64")) {
      return new Availability.Unavailable(
          "CUDA kernels are not supported on %s on %s".formatted(system, architecture),
          "use Linux on x86-64");
    }
    try {
      for (SharedLibrary library :
          List.of(SharedLibrary.DRIVER, SharedLibrary.RUNTIME, SharedLibrary.COMPILER)) {
        if (!library.isPresent()) {
          String what = library.equals(SharedLibrary.DRIVER) ? "no NVIDIA driver: " : "";
          return new Availability.Unavailable(
              what + library.soname() + " was not found", library.remedy());
        }
      }
    } catch (IllegalCallerException e) {
      return new Availability.Unavailable(
          "native access is denied to this JVM",
          "run java with --enable-native-access=ALL-UNNAMED");
    }
    try {
      return Bindings.ask();
    } catch (LinkageError | RuntimeException e) {
      return new Availability.Unavailable(
          "cannot load CUDA's bindings: " + rootCause(e), SharedLibrary.RUNTIME.remedy());
    }
  }

  /// A separate class, so that the search for libraries loads no binding.
  private static final class Bindings {
    static Availability ask() {
      // JavaCPP counts the memory of the whole process against the heap size; CUDA's mappings would
      // exceed it.
      if (System.getProperty("org.bytedeco.javacpp.maxphysicalbytes") == null) {
        System.setProperty("org.bytedeco.javacpp.maxphysicalbytes", "0");
      }
      int[] number = new int[1];
      int[] minor = new int[1];
      int code = cudart.cuInit(0);
      if (code == cudart.CUDA_SUCCESS) {
        code = cudart.cuDeviceGetCount(number);
      }
      if (code != cudart.CUDA_SUCCESS) {
        return new Availability.Unavailable(
            "the NVIDIA driver reports " + Failures.driverError(code),
            SharedLibrary.DRIVER.remedy());
      }
      if (number[0] < 1) {
        return new Availability.Unavailable(
            "the NVIDIA driver sees no GPU", SharedLibrary.DRIVER.remedy());
      }
      Failures.requireNvrtc(nvrtc.nvrtcVersion(number, minor), "nvrtcVersion");
      return new Availability.Available("NVRTC %d.%d".formatted(number[0], minor[0]));
    }
  }

  private static String rootCause(Throwable failure) {
    Throwable cause = failure;
    for (Throwable next = cause.getCause(); next != null; next = cause.getCause()) {
      cause = next;
    }
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }
}
