// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.CudaException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/// Compiles CUDA C++ with NVRTC, which needs no GPU.
///
/// For a GPU that NVRTC supports, the result is machine code, which even a driver older than NVRTC
/// can load; for a newer GPU it is PTX. Thread-safe.
final class KernelCompiler {
  private static final String FILE = "quench-binary.cu";

  private KernelCompiler() {}

  /// Compiles to machine code or PTX for a device, in the form that `cuModuleLoadData` takes.
  ///
  /// @throws CudaException with the compiler's log
  static byte[] compileFor(String source, int major, int minor) {
    int wanted = 10 * major + minor;
    int[] known = architectures();
    if (Arrays.stream(known).anyMatch(architecture -> architecture == wanted)) {
      return machineCode(source, "sm_" + wanted);
    }
    int newest =
        Arrays.stream(known)
            .filter(architecture -> architecture < wanted)
            .max()
            .orElseThrow(() ->
                new CudaException(
                    "NVRTC supports compute capabilities %s, but the GPU has %d.%d"
                        .formatted(Arrays.toString(known), major, minor)));
    return ptx(source, "compute_" + newest);
  }

  /// @param architecture for example `sm_90`
  static byte[] machineCode(String source, String architecture) {
    return compile(source, architecture, nvrtc::nvrtcGetCUBINSize, nvrtc::nvrtcGetCUBIN);
  }

  /// Compiles to PTX, which ends with a zero byte.
  ///
  /// @param architecture for example `compute_80`
  static byte[] ptx(String source, String architecture) {
    return compile(source, architecture, nvrtc::nvrtcGetPTXSize, nvrtc::nvrtcGetPTX);
  }

  /// The compute capabilities that NVRTC supports, as `10 * major + minor`.
  static int[] architectures() {
    int[] count = new int[1];
    Failures.requireNvrtc(nvrtc.nvrtcGetNumSupportedArchs(count), "nvrtcGetNumSupportedArchs");
    int[] architectures = new int[count[0]];
    Failures.requireNvrtc(nvrtc.nvrtcGetSupportedArchs(architectures), "nvrtcGetSupportedArchs");
    return architectures;
  }

  static String version() {
    int[] major = new int[1];
    int[] minor = new int[1];
    Failures.requireNvrtc(nvrtc.nvrtcVersion(major, minor), "nvrtcVersion");
    return major[0] + "." + minor[0];
  }

  private interface Size {
    int of(_nvrtcProgram program, SizeTPointer size);
  }

  private interface Content {
    int of(_nvrtcProgram program, byte[] content);
  }

  private static byte[] compile(String source, String architecture, Size size, Content content) {
    _nvrtcProgram program = new _nvrtcProgram();
    try (BytePointer text = new BytePointer(source, StandardCharsets.UTF_8);
        BytePointer name = new BytePointer(FILE, StandardCharsets.UTF_8);
        PointerPointer<BytePointer> options =
            new PointerPointer<>("--std=c++17", "--gpu-architecture=" + architecture)) {
      Failures.requireNvrtc(
          nvrtc.nvrtcCreateProgram(
              program, text, name, 0, (PointerPointer<?>) null, (PointerPointer<?>) null),
          "nvrtcCreateProgram");
      int code = nvrtc.nvrtcCompileProgram(program, 2, options);
      if (code != nvrtc.NVRTC_SUCCESS) {
        throw new CudaException(
            "NVRTC %s cannot compile the kernels for %s: %s"
                .formatted(
                    version(),
                    architecture,
                    string(
                        fetch(program, nvrtc::nvrtcGetProgramLogSize, nvrtc::nvrtcGetProgramLog))));
      }
      return fetch(program, size, content);
    } finally {
      if (!program.isNull()) {
        nvrtc.nvrtcDestroyProgram(program);
      }
    }
  }

  private static byte[] fetch(_nvrtcProgram program, Size size, Content content) {
    try (SizeTPointer bytes = new SizeTPointer(1)) {
      Failures.requireNvrtc(size.of(program, bytes), "query of the result size");
      byte[] fetched = new byte[Math.toIntExact(bytes.get())];
      Failures.requireNvrtc(content.of(program, fetched), "retrieval of the result");
      return fetched;
    }
  }

  private static String string(byte[] zeroTerminated) {
    return new String(zeroTerminated, StandardCharsets.UTF_8).replace("\0", "").strip();
  }
}
