// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.factor;

import dev.quench.compress.factor.FactorizationReport;
import dev.quench.cost.ModelCost;
import dev.quench.graph.Model;
import dev.quench.pipeline.trial.RealizedGain;

/// A model with split layers, and what that brings by count and by measurement.
public record FactorizationResult(
    Model model, FactorizationReport report, ModelCost before, ModelCost after, RealizedGain gain) {
  /// MACs before over MACs after.
  public double theoreticalGain() {
    return after.macs() == 0 ? 1 : (double) before.macs() / after.macs();
  }
}
