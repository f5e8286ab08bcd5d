// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.ForwardingDataset;
import dev.quench.run.dataset.Labels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Another data set with an offset added to each class index, for a model whose class indices start
/// elsewhere. Data and digest stay the same, because labels do not affect calibration.
///
/// @param offset may be negative
public record OffsetLabels(Dataset data, int offset) implements ForwardingDataset {
  @Override
  public Stream<Batch> batches(int batchSize) throws IOException {
    return batchesFrom(0, batchSize);
  }

  @Override
  public Stream<Batch> batchesFrom(long first, int batchSize) throws IOException {
    return data.batchesFrom(first, batchSize)
        .map(batch ->
            new Batch(
                batch.inputs(), moved(batch.labels()), batch.size(), batch.images(), batch.axes()));
  }

  private Labels moved(Labels labels) {
    if (!(labels instanceof Labels.Classes(List<Integer> classes))) {
      return labels;
    }
    List<Integer> moved = new ArrayList<>(classes.size());
    for (int label : classes) {
      long to = (long) label + offset;
      if (to < 0 || to > Integer.MAX_VALUE) {
        throw new DataException(
            "%s: label %d with offset %d is %d, expected class indices from 0"
                .formatted(data.description(), label, offset, to));
      }
      moved.add((int) to);
    }
    return new Labels.Classes(moved);
  }

  @Override
  public OffsetLabels limit(long limit) {
    return new OffsetLabels(data.limit(limit), offset);
  }

  @Override
  public OffsetLabels sample(long count, long seed) {
    return new OffsetLabels(data.sample(count, seed), offset);
  }
}
