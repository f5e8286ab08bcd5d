// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

/// A kernel with its arguments, ready to run again and again without allocating.
public interface Launch extends AutoCloseable {
  /// Enqueues it; returns before it has run.
  void run();

  @Override
  void close();
}
