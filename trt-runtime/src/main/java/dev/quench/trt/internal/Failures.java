// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.run.TensorSpec;
import dev.quench.trt.TensorRtException;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/// Turns null pointers, `false` and error codes of native calls into exceptions with TensorRT's
/// log.
public final class Failures {
  private Failures() {}

  public static void requireCreated(@Nullable Pointer object, String what, long mark) {
    if (object == null || object.isNull()) {
      throw failed(what + " failed", mark);
    }
  }

  /// For root objects. TensorRT sometimes returns a pointer that is not null but invalid, and that
  /// must not even be destroyed. The log does not decide: an error may come from another thread, or
  /// concern an optional file.
  public static void requireObject(@Nullable Pointer object, String what, long mark) {
    if (object == null || !ObjectCheck.isObject(object.address())) {
      throw failed(what + " failed", mark);
    }
  }

  public static void require(boolean succeeded, String what, long mark) {
    if (!succeeded) {
      throw failed(what + " failed", mark);
    }
  }

  /// @param code of a CUDA runtime call
  public static void requireCuda(int code, String what) {
    if (code != cudart.cudaSuccess) {
      cudart.cudaGetLastError(); // clear it, or a later call would report it
      throw new TensorRtException(
          "CUDA: %s failed with %s: %s"
              .formatted(
                  what,
                  text(cudart.cudaGetErrorName(code)),
                  text(cudart.cudaGetErrorString(code))));
    }
  }

  /// Like [#requireCuda(int, String)], for copies: builds the text only on failure.
  static void requireCuda(int code, TensorSpec copied, String where) {
    if (code != cudart.cudaSuccess) {
      requireCuda(code, "copying '" + copied.name() + "'" + where);
    }
  }

  public static TensorRtException failed(String message, long mark) {
    return new TensorRtException("TensorRT: " + message, ProcessLogger.LOG.since(mark));
  }

  private static String text(@Nullable BytePointer text) {
    return text == null || text.isNull() ? "unknown error" : text.getString();
  }
}
