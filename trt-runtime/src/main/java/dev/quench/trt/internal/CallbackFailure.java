// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import org.jspecify.annotations.Nullable;

/// Holds an exception of a callback until native code has returned, since it must not cross native
/// code. Keeps the first one. Thread-safe.
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

  /// Throws the recorded exception, unwrapped if it is unchecked.
  public synchronized void rethrow() {
    switch (first) {
      case null -> {}
      case RuntimeException failure -> throw failure;
      case Error failure -> throw failure;
      default -> throw new IllegalStateException("a callback of TensorRT failed: " + first, first);
    }
  }
}
