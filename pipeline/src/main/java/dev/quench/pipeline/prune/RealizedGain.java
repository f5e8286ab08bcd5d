// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune;

import dev.quench.pipeline.trial.LossBound;
import dev.quench.pipeline.trial.PairedLatency;

/// What pruning brings on a backend, measured with both models running in turn.
///
/// @param backend where they ran
/// @param samples in each call
/// @param latency the original's as the float model's
public record RealizedGain(String backend, int samples, PairedLatency latency) {
  /// How many times faster.
  public double factor() {
    return 1 / latency.ratio();
  }

  /// Whether the gain is more than noise.
  public boolean isFaster() {
    return latency.ratio() <= LossBound.LARGEST_RATIO;
  }

  @Override
  public String toString() {
    return "%.3f ms -> %.3f ms for %d sample%s on %s, %.2f times as fast"
        .formatted(
            latency.floatMillis(),
            latency.millis(),
            samples,
            samples == 1 ? "" : "s",
            backend,
            factor());
  }
}
