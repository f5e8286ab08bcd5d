// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.ForwardingDataset;
import dev.quench.run.dataset.UnorderedDigest;
import java.io.IOException;
import java.util.stream.Stream;

/// A data set that is known by its samples, whatever their order.
record UnorderedDataset(Dataset data) implements ForwardingDataset {
  @Override
  public String digest() {
    return UnorderedDigest.of(data);
  }

  @Override
  public Stream<Batch> batches(int batchSize) throws IOException {
    return data.batches(batchSize);
  }

  @Override
  public Dataset limit(long limit) {
    return data.limit(limit);
  }
}
