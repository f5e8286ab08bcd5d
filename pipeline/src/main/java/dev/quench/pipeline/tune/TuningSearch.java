// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.pipeline.trial.LossBound;
import dev.quench.pipeline.tune.plan.Plan;
import dev.quench.pipeline.tune.plan.Scheme;
import dev.quench.pipeline.tune.plan.TuningSpace;
import dev.quench.run.Progress;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Searches the fastest plan within a bound.
///
/// 1. The plans that do the same everywhere.
/// 2. Where the fastest of them loses too much: the patterns and single layers to leave float
///    ([Repair]).
/// 3. For each pattern, the one with most work first, every other scheme.
/// 4. Changes of single patterns and nodes of the best plans, until the budget is spent
///    ([Mutations]).
/// 5. The best plan is measured once more, longer; where it does not hold what it promised, the one
///    kept before it.
///
/// The same measurements lead to the same search, so that one which was interrupted goes on from
/// its stored points. For one thread.
final class TuningSearch {
  /// How many plans are measured once more at most.
  private static final int CONFIRMED = 4;

  private final TuningSpace space;
  private final PlanMeasurer measurer;
  private final LossBound bound;
  private final int budget;
  private final Progress progress;

  /// @param budget quantized models to measure, 1 or more
  TuningSearch(
      TuningSpace space, PlanMeasurer measurer, LossBound bound, int budget, Progress progress) {
    this.space = space;
    this.measurer = measurer;
    this.bound = bound;
    this.budget = budget;
    this.progress = progress;
  }

  TuningOutcome run() throws IOException {
    TrialLog log = new TrialLog(measurer, bound, budget, progress);
    progress.begin("tune for " + space.target().name(), budget);
    try {
      for (Plan plan : space.uniform()) {
        log.take(plan);
      }
      Optional<TuningPoint.Measured> fastest =
          log.measured().stream().min(Comparator.comparingDouble(TuningPoint.Measured::ratio));
      if (fastest.isPresent() && fastest.get().isFaster() && !bound.holds(fastest.get().loss())) {
        new Repair(space, log, budget / 3).of(fastest.get());
      }
      tryOtherSchemes(log);
      new Mutations(space, log).run();
      return new TuningOutcome(space, bound, List.copyOf(log.points()), confirmed(log));
    } finally {
      progress.end();
    }
  }

  private void tryOtherSchemes(TrialLog log) throws IOException {
    for (int pattern : byWork(space)) {
      for (Scheme scheme : space.patterns().get(pattern).distinctSchemes()) {
        Optional<TuningPoint.Measured> best = log.best();
        if (best.isPresent()) {
          log.take(best.get().plan().with(pattern, scheme));
        }
      }
    }
  }

  private Optional<TuningPoint.Measured> confirmed(TrialLog log) throws IOException {
    List<TuningPoint.Measured> kept = log.kept().reversed();
    for (TuningPoint.Measured point : kept.subList(0, Math.min(CONFIRMED, kept.size()))) {
      if (measurer.confirm(point.plan()) instanceof TuningPoint.Measured again
          && again.isFaster()
          && bound.holds(again.loss())) {
        return Optional.of(again);
      }
    }
    return Optional.empty();
  }

  /// The patterns, the one with most work first.
  static List<Integer> byWork(TuningSpace space) {
    return IntStream.range(0, space.patterns().size())
        .boxed()
        .sorted(Comparator.comparingLong(index -> -space.patterns().get(index).work()))
        .toList();
  }
}
