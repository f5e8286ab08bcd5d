// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Cuts the samples `0 … size - 1` into batches.
final class BatchRanges {
  private BatchRanges() {}

  /// @param start the first sample
  /// @param count how many
  record Range(int start, int count) {}

  /// In order; the last one possibly smaller.
  ///
  /// @throws IllegalArgumentException if the batch size is below 1
  static Stream<Range> of(int size, int batchSize) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size must be 1 or more, got " + batchSize);
    }
    return IntStream.range(0, Math.ceilDiv(size, batchSize))
        .map(batch -> batch * batchSize)
        .mapToObj(start -> new Range(start, Math.min(batchSize, size - start)));
  }

  /// What a limit leaves of `size`.
  ///
  /// @throws IllegalArgumentException if the limit is below 1
  static int limited(int size, long limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be 1 or more samples, got " + limit);
    }
    return (int) Math.min(size, limit);
  }
}
