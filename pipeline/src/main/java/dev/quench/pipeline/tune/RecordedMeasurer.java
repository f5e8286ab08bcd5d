// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.pipeline.tune.plan.Plan;
import java.io.IOException;
import java.util.Optional;

/// Asks another measurer only for what a state does not hold, and keeps the answers there.
record RecordedMeasurer(PlanMeasurer measurer, TuningState state) implements PlanMeasurer {
  @Override
  public TuningPoint measure(Plan plan, double line) throws IOException {
    Optional<TuningPoint> known = state.point(plan, false);
    if (known.isPresent()) {
      return known.get();
    }
    TuningPoint point = measurer.measure(plan, line);
    state.add(point, false);
    return point;
  }

  @Override
  public TuningPoint confirm(Plan plan) throws IOException {
    Optional<TuningPoint> known = state.point(plan, true);
    if (known.isPresent()) {
      return known.get();
    }
    TuningPoint point = measurer.confirm(plan);
    state.add(point, true);
    return point;
  }
}
