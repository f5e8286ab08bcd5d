// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.pipeline.tune.plan.Pattern;
import dev.quench.pipeline.tune.plan.Plan;
import dev.quench.pipeline.tune.plan.QuantizableNode;
import dev.quench.pipeline.tune.plan.Scheme;
import dev.quench.pipeline.tune.plan.Treatment;
import dev.quench.pipeline.tune.plan.TuningSpace;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/// Changes the best plans at one place each, until the budget is spent or nothing new is found. The
/// same for the same points: its seed is fixed.
final class Mutations {
  private static final long SEED = 1;

  /// So many changes without a new model end it.
  private static final int MOST_KNOWN = 50;

  /// Of the points this part is changed.
  private static final int BEST_PART = 10;

  private final TuningSpace space;
  private final TrialLog log;
  private final SplittableRandom random = new SplittableRandom(SEED);

  Mutations(TuningSpace space, TrialLog log) {
    this.space = space;
    this.log = log;
  }

  void run() throws IOException {
    int known = 0;
    while (!log.isSpent() && known < MOST_KNOWN) {
      Optional<Plan> parent = parent();
      if (parent.isEmpty()) {
        return;
      }
      Plan changed = changed(parent.get());
      int before = log.count();
      log.take(changed);
      known = log.count() == before ? known + 1 : 0;
    }
  }

  /// One of the best tenth: the fastest within the bound, or the closest to it where none holds it.
  private Optional<Plan> parent() {
    List<TuningPoint.Measured> ranked =
        log.measured().stream()
            .sorted(
                Comparator.<TuningPoint.Measured>comparingDouble(
                        point -> log.bound().excess(point.loss()))
                    .thenComparingDouble(TuningPoint.Measured::ratio))
            .toList();
    return ranked.isEmpty()
        ? Optional.empty()
        : Optional.of(ranked.get(random.nextInt(Math.ceilDiv(ranked.size(), BEST_PART))).plan());
  }

  private Plan changed(Plan plan) {
    int pattern = random.nextInt(space.patterns().size());
    Pattern where = space.patterns().get(pattern);
    if (random.nextBoolean()) {
      List<Scheme> schemes = where.distinctSchemes();
      return plan.with(pattern, schemes.get(random.nextInt(schemes.size())));
    }
    List<QuantizableNode> nodes = where.region().nodes();
    int node = random.nextInt(nodes.size());
    List<Treatment> treatments =
        space.target().treatments(nodes.get(node)).stream().sorted().toList();
    Treatment treatment = treatments.get(random.nextInt(treatments.size()));
    return plan.with(pattern, plan.schemes().get(pattern).with(node, treatment));
  }
}
