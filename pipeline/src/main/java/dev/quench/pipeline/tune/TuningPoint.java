// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.pipeline.trial.LossBound;
import dev.quench.pipeline.trial.OutputLoss;
import dev.quench.pipeline.trial.PairedLatency;
import dev.quench.pipeline.tune.plan.Plan;

/// What came of one plan.
public sealed interface TuningPoint {
  Plan plan();

  /// It ran.
  ///
  /// @param latency of one sample, in turn with the float model
  /// @param layers in integers
  /// @param form digest of the quantized model: plans may come to the same
  record Measured(Plan plan, PairedLatency latency, OutputLoss loss, int layers, String form)
      implements TuningPoint {
    public double ratio() {
      return latency.ratio();
    }

    /// Whether it is worth having at all.
    boolean isFaster() {
      return ratio() <= LossBound.LARGEST_RATIO;
    }

    /// One line for people.
    public String verdict() {
      return "%.3f ms, %.2f of FP32's %.3f ms; %s; %d layers in integers"
          .formatted(latency.millis(), ratio(), latency.floatMillis(), loss, layers);
    }
  }

  /// It leaves everything float, or the runtime refuses it.
  record Refused(Plan plan, String reason) implements TuningPoint {}
}
