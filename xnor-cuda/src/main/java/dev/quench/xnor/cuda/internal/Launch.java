// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

/// A kernel with its arguments. Repeated runs allocate nothing.
public interface Launch extends AutoCloseable {
  /// Enqueues the kernel; returns before it has run.
  void run();

  @Override
  void close();
}
