// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.data.Batch;
import dev.quench.data.Dataset;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The first samples of a data set, one a batch, to look into a model with.
final class Samples {
  private Samples() {}

  /// @param count at most
  static List<Map<String, Tensor>> of(Dataset data, int count) throws IOException {
    try (Stream<Batch> batches = data.batches(1)) {
      return batches.limit(count).map(Batch::inputs).toList();
    }
  }
}
