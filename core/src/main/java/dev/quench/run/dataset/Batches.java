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
    return of(0, size, batchSize, maker);
  }

  /// The batches of samples `[first, size)`; none if there are no such samples.
  public static Stream<Batch> of(long first, long size, int batchSize, Maker maker) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size must be 1 or more, got " + batchSize);
    }
    return LongStream.range(0, Math.ceilDiv(Math.max(0, size - first), (long) batchSize))
        .mapToObj(index -> {
          long from = first + index * batchSize;
          return maker.make(from, (int) Math.min(batchSize, size - from));
        });
  }

  /// Drops the samples before `first` from a stream that begins with sample 0.
  static Stream<Batch> from(Stream<Batch> batches, long first) {
    long[] read = {0};
    return batches.mapMulti((batch, rest) -> {
      long number = read[0];
      read[0] += batch.size();
      if (number >= first) {
        rest.accept(batch);
      } else if (read[0] > first) {
        rest.accept(batch.slice((int) (first - number), batch.size()));
      }
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
