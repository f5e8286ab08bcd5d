// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

/// Work that several threads can share, see [ThreadPool]. Implementations allocate nothing.
@FunctionalInterface
public interface ParallelTask {
  /// Runs one part. Parts write disjoint memory.
  ///
  /// @param part in `[0, parts)`
  void run(int part, int parts);

  /// Whether the work justifies waking a second thread.
  default boolean isLarge() {
    return true;
  }
}
