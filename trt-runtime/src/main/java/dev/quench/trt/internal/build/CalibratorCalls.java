// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

/// A calibrator while a build uses it. Keeps it reachable: the bindings hold it only weakly.
interface CalibratorCalls extends AutoCloseable {
  /// Throws what went wrong while TensorRT called; that is the cause of a failed build.
  void rethrow();

  @Override
  void close();
}
