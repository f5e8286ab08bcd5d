// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.run.dataset.Batch;
import dev.quench.tensor.Tensor;
import java.util.Map;

/// Judges a model's outputs against labels.
public interface Metric {
  /// For example `top-k`.
  String name();

  /// A fresh accumulator for one evaluation; for one thread.
  Accumulator begin();

  /// Collects one evaluation.
  interface Accumulator {
    /// @param outputs of the model for `batch`, by name
    /// @throws IllegalArgumentException if outputs or labels do not fit this metric, saying what
    ///   was expected
    void add(Batch batch, Map<String, Tensor> outputs);

    /// Scores by JSON key, in the unit that its name says: `top1` and `top5` are fractions in `[0,
    /// 1]`.
    Map<String, Double> scores();
  }
}
