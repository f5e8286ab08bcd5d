// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import java.util.Map;
import java.util.function.Consumer;

/// What a loss says of the constants of a model.
@FunctionalInterface
public interface WeightGradients {
  /// Goes through batches of samples.
  ///
  /// @param visit takes for each batch, by the name of the constant, its elements times the
  ///   gradient of the mean loss
  void forEachBatch(Consumer<Map<String, float[]>> visit);
}
