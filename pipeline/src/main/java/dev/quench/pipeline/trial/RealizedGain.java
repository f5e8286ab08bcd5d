// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.trial;

import dev.quench.compress.prune.SettledInputs;
import dev.quench.graph.Model;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// What a smaller form of a model brings on a backend, measured with both running in turn.
///
/// @param backend where they ran
/// @param samples in each call
/// @param latency the original's as the float model's
public record RealizedGain(String backend, int samples, PairedLatency latency) {
  /// Runs both models on seeded random inputs.
  ///
  /// @param budgetMillis how long both run together, about
  /// @throws dev.quench.run.BackendException if the backend cannot run one of them
  public static RealizedGain measure(
      Backend backend,
      SessionOptions options,
      Model before,
      Model after,
      SettledInputs inputs,
      double budgetMillis) {
    Map<String, Tensor> fed = inputs.random(1);
    Batch batch = new Batch(fed, new Labels.None(), inputs.samples());
    try (Session first = backend.open(before, options);
        Session second = backend.open(after, options)) {
      first.warmUp(fed);
      second.warmUp(fed);
      return new RealizedGain(
          backend.name(),
          inputs.samples(),
          PairedLatency.measure(first, second, List.of(batch), budgetMillis));
    }
  }

  /// How many times faster.
  public double factor() {
    return 1 / latency.ratio();
  }

  /// Whether the gain is more than noise.
  public boolean isFaster() {
    return latency.ratio() <= LossBound.LARGEST_RATIO;
  }

  /// One time and one factor: the median of the ratios of pairs, which noise moves least, is not
  /// the ratio of the medians.
  @Override
  public String toString() {
    return "%.3f ms for %d sample%s on %s before, %.2f times as fast now (median of pairs of calls)"
        .formatted(latency.floatMillis(), samples, samples == 1 ? "" : "s", backend, factor());
  }
}
