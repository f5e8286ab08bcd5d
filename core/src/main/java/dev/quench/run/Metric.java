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
  default Accumulator begin() {
    return begin(0);
  }

  /// A fresh accumulator for a part of the data; for one thread.
  ///
  /// @param first number of the first sample that will be added, from 0; the others follow it
  Accumulator begin(long first);

  /// Collects one evaluation, or a part of one.
  ///
  /// Parts [merge][#merge] exactly: whatever the parts, their order and the way in which they are
  /// merged, the scores have the bits of a single accumulator that was given all batches in order.
  interface Accumulator {
    /// @param outputs of the model for `batch`, by name
    /// @throws IllegalArgumentException if outputs or labels do not fit this metric, saying what
    ///   was expected
    void add(Batch batch, Map<String, Tensor> outputs);

    /// Scores by JSON key, in the unit that its name says: `top1` and `top5` are fractions in `[0,
    /// 1]`.
    Map<String, Double> scores();

    /// What has been collected, for [#merge]; as of [dev.quench.run.state.StateWriter].
    byte[] state();

    /// Adds what another accumulator of an equal metric has collected on other samples. Associative
    /// and commutative, exactly.
    ///
    /// @param state of that accumulator; may come from another process
    /// @throws IllegalArgumentException if the state is damaged, of another metric, or of samples
    ///   that this accumulator has too
    void merge(byte[] state);
  }
}
