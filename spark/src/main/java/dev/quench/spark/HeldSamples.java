// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Batches;
import dev.quench.run.dataset.Dataset;
import java.util.List;
import java.util.stream.Stream;

/// Samples in memory, one a batch.
///
/// @param samples batches of size 1
record HeldSamples(List<Batch> samples) implements Dataset {
  @Override
  public String description() {
    return samples.size() + " rows";
  }

  @Override
  public long size() {
    return samples.size();
  }

  @Override
  public boolean isRandom() {
    return false;
  }

  @Override
  public Stream<Batch> batches(int batchSize) {
    return batchesFrom(0, batchSize);
  }

  @Override
  public Stream<Batch> batchesFrom(long first, int batchSize) {
    return samples.stream().skip(first);
  }

  @Override
  public Dataset limit(long limit) {
    return new HeldSamples(samples.subList(0, (int) Batches.limited(size(), limit)));
  }
}
