// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.pipeline.tune.plan.Plan;
import java.io.IOException;

/// Finds out what comes of a plan. Called by one thread.
public interface PlanMeasurer {
  /// @param line time against FP32 at which the search decides; close to it the measurement is
  ///   repeated
  /// @throws IOException if what was found cannot be kept
  TuningPoint measure(Plan plan, double line) throws IOException;

  /// Measures once more, longer, apart from what is known.
  ///
  /// @throws IOException if what was found cannot be kept
  TuningPoint confirm(Plan plan) throws IOException;
}
