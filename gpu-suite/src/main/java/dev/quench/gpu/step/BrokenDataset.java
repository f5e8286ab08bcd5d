// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// A data set whose third batch throws when it is read.
record BrokenDataset(Dataset data) implements Dataset {
  /// Message of the exception.
  static final String REASON = "this data set breaks off on purpose";

  private static final int WHOLE_BATCHES = 2;

  @Override
  public Stream<Batch> batches(int batchSize) throws IOException {
    AtomicInteger read = new AtomicInteger();
    return data.batches(batchSize)
        .peek(_ -> {
          if (read.incrementAndGet() > WHOLE_BATCHES) {
            throw new IllegalStateException(REASON);
          }
        });
  }

  @Override
  public String description() {
    return data.description() + ", broken off";
  }

  @Override
  public long size() {
    return data.size();
  }

  @Override
  public String digest() {
    return data.digest();
  }

  @Override
  public boolean isRandom() {
    return data.isRandom();
  }

  @Override
  public Dataset limit(long limit) {
    return new BrokenDataset(data.limit(limit));
  }
}
