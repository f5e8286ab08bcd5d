// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.pipeline.trial.LossBound;
import dev.quench.pipeline.tune.plan.TuningSpace;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What a search found.
///
/// @param points in the order of their measurement
/// @param best the plan to ship, as measured last; empty where the model stays float
public record TuningOutcome(
    TuningSpace space,
    LossBound bound,
    List<TuningPoint> points,
    Optional<TuningPoint.Measured> best) {
  public TuningOutcome {
    points = List.copyOf(points);
  }

  /// The points that ran.
  public List<TuningPoint.Measured> measured() {
    return points.stream()
        .filter(TuningPoint.Measured.class::isInstance)
        .map(TuningPoint.Measured.class::cast)
        .toList();
  }

  /// Whether any plan, fast or not, holds the bound.
  public boolean isBoundReached() {
    return measured().stream().anyMatch(point -> bound.holds(point.loss()));
  }

  /// Where no plan holds the bound: of those that are faster than FP32 the one that misses it
  /// least, else of all.
  public Optional<TuningPoint.Measured> closest() {
    return measured().stream()
        .min(
            Comparator.<TuningPoint.Measured, Boolean>comparing(point -> !point.isFaster())
                .thenComparingDouble(point -> bound.excess(point.loss())));
  }

  /// Why the model stays float, in one sentence.
  ///
  /// @throws IllegalStateException if a plan pays
  public String whyFloat() {
    if (best.isPresent()) {
      throw new IllegalStateException("a plan pays: " + best.get().verdict());
    }
    Optional<TuningPoint.Measured> closest = closest();
    if (closest.isEmpty()) {
      return points.isEmpty()
          ? "nothing was tried"
          : "%s takes none of %d quantized models, the first because: %s"
              .formatted(
                  space.target().name(),
                  points.size(),
                  ((TuningPoint.Refused) points.getFirst()).reason());
    }
    if (!isBoundReached()) {
      return "no quantized model reaches %s; closest comes %s"
          .formatted(bound, closest.get().verdict());
    }
    List<TuningPoint.Measured> within =
        measured().stream().filter(point -> bound.holds(point.loss())).toList();
    TuningPoint.Measured fastest =
        within.stream().min(Comparator.comparingDouble(TuningPoint.Measured::ratio)).orElseThrow();
    return fastest.isFaster()
        ? "%s at first took %.2f of FP32's time, but not when measured again"
            .formatted("the fastest model within the bound", fastest.ratio())
        : "the fastest of %d quantized models within the bound takes %.2f of FP32's time"
            .formatted(within.size(), fastest.ratio());
  }
}
