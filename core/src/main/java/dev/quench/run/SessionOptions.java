// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/// How a [Backend] is to run a model.
///
/// @param threads CPU threads for one inference; ignored by GPU backends
/// @param optimize whether the backend may rewrite the graph; false for bit-exact comparisons
/// @param precision what a backend that chooses kernels by precision (TensorRT) may use
/// @param taps names of inner tensors to deliver to an [ActivationTap]
public record SessionOptions(int threads, boolean optimize, Precision precision, Set<String> taps) {
  /// Two threads at most, optimized, FP32, no taps.
  public static final SessionOptions DEFAULT =
      new SessionOptions(
          Math.min(2, Runtime.getRuntime().availableProcessors()), true, Precision.FP32, Set.of());

  public SessionOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be 1 or more, got " + threads);
    }
    taps = Collections.unmodifiableSet(new LinkedHashSet<>(taps));
  }

  public SessionOptions withThreads(int count) {
    return new SessionOptions(count, optimize, precision, taps);
  }

  public SessionOptions withOptimization(boolean allowed) {
    return new SessionOptions(threads, allowed, precision, taps);
  }

  public SessionOptions withPrecision(Precision chosen) {
    return new SessionOptions(threads, optimize, chosen, taps);
  }

  public SessionOptions withTaps(Set<String> names) {
    return new SessionOptions(threads, optimize, precision, names);
  }
}
