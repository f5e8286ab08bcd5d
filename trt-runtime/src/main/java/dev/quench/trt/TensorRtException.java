// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.run.BackendException;
import java.util.List;

/// TensorRT or CUDA failed; the message quotes theirs.
public final class TensorRtException extends BackendException {
  private static final long serialVersionUID = 1L;

  /// How many lines of the library's log the message quotes; [#nativeLog] has all.
  private static final int LINES_IN_MESSAGE = 6;

  @SuppressWarnings("serial") // List.copyOf returns a serializable list
  private final List<String> nativeLog;

  public TensorRtException(String message) {
    this(message, List.of());
  }

  public TensorRtException(String message, Throwable cause) {
    super(message, cause);
    this.nativeLog = List.of();
  }

  /// @param nativeLog the library's log during the call, errors before warnings, oldest first
  public TensorRtException(String message, List<String> nativeLog) {
    super(withLog(message, nativeLog));
    this.nativeLog = List.copyOf(nativeLog);
  }

  /// The warnings and errors that TensorRT logged while it failed, errors first; may be empty.
  public List<String> nativeLog() {
    return nativeLog;
  }

  private static String withLog(String message, List<String> nativeLog) {
    if (nativeLog.isEmpty()) {
      return message;
    }
    int shown = Math.min(nativeLog.size(), LINES_IN_MESSAGE);
    String lines = String.join(" | ", nativeLog.subList(0, shown));
    int more = nativeLog.size() - shown;
    return message + "; TensorRT says: " + lines + (more == 0 ? "" : " | … and " + more + " more");
  }
}
