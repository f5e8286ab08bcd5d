// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.pipeline.tune.plan.Plan;
import dev.quench.pipeline.tune.plan.QuantizableNode;
import dev.quench.pipeline.tune.plan.Scheme;
import dev.quench.pipeline.tune.plan.Treatment;
import dev.quench.pipeline.tune.plan.TuningSpace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Leaves parts of a fast plan float until it holds the bound: first whole patterns, those that
/// bring back most first, as few as will do; then, of each of these, all but one layer goes back to
/// integers where that layer alone was to blame.
final class Repair {
  private final TuningSpace space;
  private final TrialLog log;
  private final int mostPatterns;

  /// @param mostPatterns how many are looked at, those with most work
  Repair(TuningSpace space, TrialLog log, int mostPatterns) {
    this.space = space;
    this.log = log;
    this.mostPatterns = Math.max(1, mostPatterns);
  }

  /// Measures repaired plans; the log keeps what pays.
  void of(TuningPoint.Measured start) throws IOException {
    List<Integer> ranking = ranking(start);
    int count = fewest(start.plan(), ranking);
    if (count == 0) {
      return;
    }
    Plan repaired = without(start.plan(), ranking, count);
    for (int pattern : ranking.subList(0, count)) {
      Scheme former = start.plan().schemes().get(pattern);
      List<QuantizableNode> nodes = space.patterns().get(pattern).region().nodes();
      for (int node = 0; node < nodes.size(); node++) {
        if (nodes.get(node).kind().isLayer() && former.treatments().get(node) != Treatment.FLOAT) {
          Plan single = repaired.with(pattern, former.with(node, Treatment.FLOAT));
          if (holds(single)) {
            repaired = single;
            break;
          }
        }
      }
    }
  }

  /// The patterns by what the model loses when each is left float, the least first.
  private List<Integer> ranking(TuningPoint.Measured start) throws IOException {
    record Effect(int pattern, double excess, double cosine) {}
    List<Effect> effects = new ArrayList<>();
    List<Integer> quantized =
        TuningSearch.byWork(space).stream()
            .filter(pattern -> !start.plan().schemes().get(pattern).isFloat())
            .limit(mostPatterns)
            .toList();
    for (int pattern : quantized) {
      log.take(start.plan().with(pattern, space.patterns().get(pattern).allFloat()))
          .ifPresent(point ->
              effects.add(
                  new Effect(
                      pattern, log.bound().excess(point.loss()), point.loss().worstCosine())));
    }
    effects.sort(
        Comparator.comparingDouble(Effect::excess)
            .thenComparing(Comparator.comparingDouble(Effect::cosine).reversed()));
    List<Integer> ranking = new ArrayList<>(effects.stream().map(Effect::pattern).toList());
    // Those that were not looked at alone come last.
    TuningSearch.byWork(space).stream()
        .filter(pattern -> !start.plan().schemes().get(pattern).isFloat())
        .filter(pattern -> !ranking.contains(pattern))
        .forEach(ranking::add);
    return ranking;
  }

  /// How many patterns of the ranking must be float; 0 where none of the numbers tried will do.
  private int fewest(Plan start, List<Integer> ranking) throws IOException {
    int failed = 0;
    int held = 0;
    for (int count = 1; held == 0 && failed < ranking.size(); count = 2 * count) {
      int tried = Math.min(count, ranking.size());
      if (holds(without(start, ranking, tried))) {
        held = tried;
      } else {
        failed = tried;
      }
    }
    while (held - failed > 1) {
      int middle = (failed + held) >>> 1;
      if (holds(without(start, ranking, middle))) {
        held = middle;
      } else {
        failed = middle;
      }
    }
    return held;
  }

  private Plan without(Plan start, List<Integer> ranking, int count) {
    Plan plan = start;
    for (int pattern : ranking.subList(0, count)) {
      plan = plan.with(pattern, space.patterns().get(pattern).allFloat());
    }
    return plan;
  }

  private boolean holds(Plan plan) throws IOException {
    Optional<TuningPoint.Measured> point = log.take(plan);
    return point.isPresent() && log.bound().holds(point.get().loss());
  }
}
