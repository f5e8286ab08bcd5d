// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import org.jspecify.annotations.Nullable;

/// Keeps what a callback threw until native code has returned: an exception must not cross it. The
/// first one counts. Thread-safe.
public final class CallbackFailure {
  private @Nullable Throwable first;

  public synchronized void record(Throwable failure) {
    if (first == null) {
      first = failure;
    } else if (!failure.equals(first)) {
      first.addSuppressed(failure);
    }
  }

  public synchronized boolean isRecorded() {
    return first != null;
  }

  /// Throws what was recorded, as it is when it is unchecked.
  public synchronized void rethrow() {
    switch (first) {
      case null -> {}
      case RuntimeException failure -> throw failure;
      case Error failure -> throw failure;
      default -> throw new IllegalStateException("a callback of TensorRT failed: " + first, first);
    }
  }
}
