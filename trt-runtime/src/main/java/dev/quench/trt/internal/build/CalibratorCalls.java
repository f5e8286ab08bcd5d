// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

/// A calibrator in use by a build. Keeps it reachable, since the bindings hold it only weakly.
interface CalibratorCalls extends AutoCloseable {
  @Override
  void close();
}
