// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.report;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/// Recognizes the expected end of a rehearsal: the stand-ins for CUDA, whose calls all fail.
public final class DriverStop {
  /// Messages of TensorRT, of the stand-ins and of the search for a GPU.
  private static final List<String> MARKS =
      List.of(
          "CUDA initialization failure",
          "createInferRuntime failed",
          "cudaErrorStub",
          "this is a stand-in for CUDA",
          "failed with error 999",
          "no GPU for binary kernels");

  private DriverStop() {}

  /// Whether a failure or one of its causes comes from the stand-ins.
  public static boolean isIn(Throwable failure) {
    return isIn(trace(failure));
  }

  public static boolean isIn(String text) {
    return MARKS.stream().anyMatch(text::contains);
  }

  static String trace(Throwable failure) {
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace, true));
    return trace.toString();
  }
}
