// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

/// A calibrator while a build uses it. Keeps it reachable: the bindings hold it only weakly.
interface CalibratorCalls extends AutoCloseable {
  @Override
  void close();
}
