// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.pipeline.trial.LossBound;
import dev.quench.pipeline.tune.plan.Plan;
import dev.quench.run.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The points of one search, in the order of their measurement, and those that were kept.
final class TrialLog {
  private final PlanMeasurer measurer;
  private final LossBound bound;
  private final int budget;
  private final Progress progress;
  private final Map<String, TuningPoint> points = new LinkedHashMap<>();
  private final Set<String> forms = new HashSet<>();
  private final List<TuningPoint.Measured> kept = new ArrayList<>();
  private int refused;

  TrialLog(PlanMeasurer measurer, LossBound bound, int budget, Progress progress) {
    this.measurer = measurer;
    this.bound = bound;
    this.budget = budget;
    this.progress = progress;
  }

  boolean isSpent() {
    return count() >= budget;
  }

  /// How many different models were measured or refused.
  int count() {
    return forms.size() + refused;
  }

  /// Measures a plan unless it is known; keeps it where it holds the bound and is at least 2 %
  /// faster than the best so far.
  ///
  /// @return empty if the target refuses it, nothing is in integers, or the budget is spent
  Optional<TuningPoint.Measured> take(Plan plan) throws IOException {
    if (plan.isFloat()) {
      return Optional.empty();
    }
    TuningPoint point = points.get(plan.code());
    if (point == null) {
      if (isSpent()) {
        return Optional.empty();
      }
      point = measurer.measure(plan, line());
      add(point);
    }
    return point instanceof TuningPoint.Measured measured
        ? Optional.of(measured)
        : Optional.empty();
  }

  private void add(TuningPoint point) {
    points.put(point.plan().code(), point);
    int before = count();
    switch (point) {
      case TuningPoint.Refused _ -> refused++;
      case TuningPoint.Measured measured -> {
        forms.add(measured.form());
        if (bound.holds(measured.loss()) && measured.ratio() <= line()) {
          kept.add(measured);
        }
      }
    }
    progress.advance(count() - before);
  }

  /// The time against FP32 at which a plan is kept.
  private double line() {
    return LossBound.LARGEST_RATIO * best().map(TuningPoint.Measured::ratio).orElse(1.0);
  }

  Optional<TuningPoint.Measured> best() {
    return kept.isEmpty() ? Optional.empty() : Optional.of(kept.getLast());
  }

  /// Each faster than the one before.
  List<TuningPoint.Measured> kept() {
    return List.copyOf(kept);
  }

  LossBound bound() {
    return bound;
  }

  Collection<TuningPoint> points() {
    return points.values();
  }

  List<TuningPoint.Measured> measured() {
    return points.values().stream()
        .filter(TuningPoint.Measured.class::isInstance)
        .map(TuningPoint.Measured.class::cast)
        .toList();
  }
}
