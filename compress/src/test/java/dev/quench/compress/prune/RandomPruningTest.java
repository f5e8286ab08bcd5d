// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import static dev.quench.compress.Equivalence.BACKEND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.prune.select.Budget;
import dev.quench.compress.prune.select.Criterion;
import dev.quench.compress.prune.select.Ranking;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.graph.Model;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Random networks of everything that has a rule: each cut equals the original with the channels
/// zero, or is refused in one line.
class RandomPruningTest {
  private static final long SEED = Long.getLong("tests.seed", 20261127);
  private static final int NETWORKS = Integer.getInteger("tests.networks", 150);

  @Test
  void everyCutEqualsTheOriginalWithZeros() {
    int cut = 0;
    for (int i = 0; i < NETWORKS; i++) {
      long seed = SEED + i;
      SplittableRandom random = new SplittableRandom(seed);
      Model model = RandomNetwork.of(seed);
      Criterion[] criteria = {Criterion.L1, Criterion.L2, Criterion.FPGM};
      Pruning pruning =
          Pruning.of(model)
              .ratio(Budget.values()[random.nextInt(3)], random.nextDouble(0.1, 0.6))
              .criterion(criteria[random.nextInt(3)])
              .ranking(Ranking.values()[random.nextInt(2)])
              .align(1 + random.nextInt(3))
              .checkOn(BACKEND);
      try {
        pruning.run();
        cut++;
      } catch (PruningException e) {
        assertThat(e.getMessage())
            .as("seed %d (rerun: -Dtests.seed=%d -Dtests.networks=1)", seed, seed)
            .containsAnyOf("no channels can be cut", "cannot go");
      } catch (RuntimeException e) {
        throw new AssertionError(
            "seed %d (rerun: -Dtests.seed=%d -Dtests.networks=1)%n%s"
                .formatted(seed, seed, model.graph().nodes()),
            e);
      }
    }
    // Else the test says nothing.
    assertThat(cut).isGreaterThan(NETWORKS / 2);
  }
}
