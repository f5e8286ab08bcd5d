// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import static dev.quench.compress.Equivalence.BACKEND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.RealModels;
import dev.quench.compress.prune.select.Criterion;
import dev.quench.compress.prune.select.Ranking;
import dev.quench.graph.Node;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PruningTest {
  @ParameterizedTest
  @EnumSource(Criterion.class)
  void takesHalfOfTheMultiplyAccumulatesByAnyCriterion(Criterion criterion) throws IOException {
    PrunedModel pruned =
        Pruning.of(RealModels.networkInNetwork())
            .criterion(criterion)
            .ratio(0.5)
            .checkOn(BACKEND)
            .run();

    PruningReport report = pruned.report();
    assertThat((double) report.after().macs() / report.before().macs()).isBetween(0.45, 0.5);
    assertThat(report.equivalence().orElseThrow().worst()).isLessThan(1e-5);
  }

  @Test
  void leavesMultiplesInEveryLayerAndMeetsTheRatio() throws IOException {
    PruningReport report =
        Pruning.of(RealModels.networkInNetwork())
            .criterion(Criterion.L2)
            .ranking(Ranking.GLOBAL)
            .ratio(0.3)
            .align(16)
            .checkOn(BACKEND)
            .run()
            .report();

    assertThat((double) report.after().macs() / report.before().macs()).isLessThanOrEqualTo(0.7);
    assertThat(report.cut()).allSatisfy(group -> assertThat(group.kept() % 16).isZero());
  }

  @Test
  void keepsTheOriginal() throws IOException {
    var model = RealModels.networkInNetwork();
    var before = model.graph().nodes().stream().map(Node::toString).toList();

    Pruning.of(model).run();

    assertThat(model.graph().nodes().stream().map(Node::toString).toList()).isEqualTo(before);
  }
}
