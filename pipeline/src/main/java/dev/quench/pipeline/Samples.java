// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import dev.quench.graph.Model;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Some samples of a data set, one a batch where the model allows it, to look into a model with:
/// spread over its classes, or the first ones where the data set cannot choose.
public final class Samples {
  private static final long SEED = 1;

  private Samples() {}

  /// @param model whose fixed batch size, if it has one, each batch keeps; what does not fill the
  ///   last one is left out
  /// @param count batches at most
  public static List<Map<String, Tensor>> of(Dataset data, Model model, int count)
      throws IOException {
    return batches(data, model, count).stream().map(Batch::inputs).toList();
  }

  /// As [#of], `size` samples a batch where the model allows it.
  public static List<Map<String, Tensor>> inBatches(Dataset data, Model model, int count, int size)
      throws IOException {
    int own = ModelInputs.of(model).batchSize(data.axes(), size);
    try (Stream<Batch> batches = some(data, count).batches(own)) {
      return batches.filter(batch -> batch.size() == own).map(Batch::inputs).toList();
    }
  }

  /// As [#of], with what else belongs to the samples.
  public static List<Batch> batches(Dataset data, Model model, int count) throws IOException {
    int size = ModelInputs.of(model).batchSize(data.axes(), 1);
    try (Stream<Batch> batches = some(data, (long) count * size).batches(size)) {
      return batches.filter(batch -> batch.size() == size).limit(count).toList();
    }
  }

  private static Dataset some(Dataset data, long count) {
    try {
      return data.sample(count, SEED);
    } catch (DataException e) {
      return data.limit(count);
    }
  }
}
