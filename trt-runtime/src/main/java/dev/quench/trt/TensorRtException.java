// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.run.BackendException;
import java.util.List;

/// TensorRT or CUDA could not do what it was asked for; the message carries their own words.
public final class TensorRtException extends BackendException {
  private static final long serialVersionUID = 1L;

  /// How many of the library's lines the message repeats; [#nativeLog] has them all.
  private static final int LINES_IN_MESSAGE = 6;

  @SuppressWarnings("serial") // what List.copyOf gives is serializable
  private final List<String> nativeLog;

  public TensorRtException(String message) {
    this(message, List.of());
  }

  public TensorRtException(String message, Throwable cause) {
    super(message, cause);
    this.nativeLog = List.of();
  }

  /// @param nativeLog what the library logged meanwhile, oldest first, errors before warnings
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
