// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.CudaException;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/// Turns the error codes of CUDA's libraries into exceptions.
final class Failures {
  private Failures() {}

  /// @param code returned by a driver API call
  static void require(int code, String what) {
    if (code != cudart.CUDA_SUCCESS) {
      throw new CudaException("CUDA: %s failed with %s".formatted(what, driverError(code)));
    }
  }

  /// Name and description of a driver error.
  static String driverError(int code) {
    try (PointerPointer<BytePointer> text = new PointerPointer<>(1)) {
      String name =
          cudart.cuGetErrorName(code, text) == cudart.CUDA_SUCCESS
              ? text(text.get(BytePointer.class, 0))
              : "error " + code;
      String meaning =
          cudart.cuGetErrorString(code, text) == cudart.CUDA_SUCCESS
              ? text(text.get(BytePointer.class, 0))
              : "unknown";
      return name + ": " + meaning;
    }
  }

  static void requireNvrtc(int code, String what) {
    if (code != nvrtc.NVRTC_SUCCESS) {
      throw new CudaException(
          "NVRTC: %s failed with %s".formatted(what, text(nvrtc.nvrtcGetErrorString(code))));
    }
  }

  private static String text(@Nullable BytePointer text) {
    return text == null || text.isNull() ? "unknown error" : text.getString();
  }
}
