// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Cuts a data set into batches.
public final class Batches {
  private Batches() {}

  /// Makes the batch of samples `[from, from + count)`.
  @FunctionalInterface
  public interface Maker {
    Batch make(long from, int count);
  }

  public static Stream<Batch> of(long size, int batchSize, Maker maker) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size must be 1 or more, got " + batchSize);
    }
    return LongStream.range(0, Math.ceilDiv(size, (long) batchSize))
        .mapToObj(index -> {
          long from = index * batchSize;
          return maker.make(from, (int) Math.min(batchSize, size - from));
        });
  }

  /// @throws IllegalArgumentException unless `limit` is positive
  public static long limited(long size, long limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be 1 or more samples, got " + limit);
    }
    return Math.min(size, limit);
  }
}
