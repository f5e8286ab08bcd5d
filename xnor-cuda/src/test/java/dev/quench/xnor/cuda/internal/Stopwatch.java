// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

/// Times what is enqueued.
@FunctionalInterface
interface Stopwatch {
  /// @param work enqueues the same each time
  /// @return time of one run, of so many in a row
  double millis(Runnable work, int runs);
}
