// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.ForwardingDataset;
import java.io.IOException;
import java.util.stream.Stream;

/// A part of a data set that remembers the files of its first and last sample. For one reader at a
/// time.
final class FileTrail implements ForwardingDataset {
  private final Dataset data;
  private final long to;
  private String firstFile = "";
  private String lastFile = "";

  /// @param to the one after the last sample of the part
  FileTrail(Dataset data, long to) {
    this.data = data;
    this.to = to;
  }

  @Override
  public Dataset data() {
    return data;
  }

  @Override
  public Stream<Batch> batches(int batchSize) throws IOException {
    return batchesFrom(0, batchSize);
  }

  @Override
  public Stream<Batch> batchesFrom(long first, int batchSize) throws IOException {
    long[] number = {first};
    return data.batchesFrom(first, batchSize)
        .peek(batch -> {
          long from = number[0];
          number[0] += batch.size();
          if (!batch.images().isEmpty() && from < to) {
            if (from == first) {
              firstFile = batch.images().getFirst().file().toString();
            }
            int last = (int) Math.min(batch.size(), to - from) - 1;
            lastFile = batch.images().get(last).file().toString();
          }
        });
  }

  @Override
  public Dataset limit(long limit) {
    return data.limit(limit);
  }

  String firstFile() {
    return firstFile;
  }

  String lastFile() {
    return lastFile;
  }
}
