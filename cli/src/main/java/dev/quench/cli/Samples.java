// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.data.Batch;
import dev.quench.data.Dataset;
import dev.quench.graph.Model;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The first samples of a data set, one a batch where the model allows it, to look into a model
/// with.
final class Samples {
  private Samples() {}

  /// @param model whose fixed batch size, if it has one, each batch keeps; what does not fill the
  ///   last one is left out
  /// @param count batches at most
  static List<Map<String, Tensor>> of(Dataset data, Model model, int count) throws IOException {
    int size = BatchSize.suited(ModelFile.inputs(model), 1);
    try (Stream<Batch> batches = data.batches(size)) {
      return batches.filter(batch -> batch.size() == size).limit(count).map(Batch::inputs).toList();
    }
  }
}
