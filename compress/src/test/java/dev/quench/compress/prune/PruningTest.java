// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import static dev.quench.compress.Equivalence.BACKEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.Equivalence;
import dev.quench.compress.RealModels;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.prune.select.Budget;
import dev.quench.compress.prune.select.Criterion;
import dev.quench.compress.prune.select.Ranking;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PruningTest {
  /// All but those that need labels, or scales of zero.
  @ParameterizedTest
  @EnumSource(
      value = Criterion.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ISTA", "TAYLOR"})
  void takesHalfOfTheMultiplyAccumulatesByACriterion(Criterion criterion) throws IOException {
    Model model = RealModels.networkInNetwork();
    Pruning pruning = Pruning.of(model).criterion(criterion).ratio(0.5).checkOn(BACKEND);
    if (criterion.needsData()) {
      pruning.fitTo(
          BACKEND,
          IntStream.range(0, 8).mapToObj(seed -> Equivalence.randomInputs(model, seed)).toList());
    }

    PruningReport report = pruning.run().report();
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

  @Test
  void groupedLayersKeepTheirGroupsAndMultiples() {
    Model model =
        Architecture.NIN_GC.build(NetworkOptions.CIFAR.withWidthMultiplier(0.5).withSeed(5));
    PrunedModel pruned = Pruning.of(model).ratio(0.5).align(16).checkOn(BACKEND).run();

    List<Node> before = convolutions(model);
    List<Node> after = convolutions(pruned.model());
    for (int i = 0; i < before.size() - 1; i++) {
      Shape weights = after.get(i).input(1).shape().orElseThrow();
      long groups = before.get(i).intAttribute("group", 1);
      assertThat(after.get(i).intAttribute("group", 1)).isEqualTo(groups);
      assertThat(weights.size(0) % 16).as(after.get(i).name()).isZero();
      assertThat(weights.size(0) % groups).as(after.get(i).name()).isZero();
    }
  }

  private static List<Node> convolutions(Model model) {
    return model.graph().nodes().stream().filter(node -> node.is("Conv")).toList();
  }

  @Test
  void theGlobalThresholdMeetsItsTargetThoughFloorsHoldSomeBack() throws IOException {
    PruningReport report =
        Pruning.of(RealModels.networkInNetwork())
            .criterion(Criterion.SLIMMING)
            .ratio(Budget.CHANNELS, 0.7)
            .floor(0.2)
            .run()
            .report();

    int before = report.cut().stream().mapToInt(PruningReport.CutGroup::channels).sum();
    int after = report.cut().stream().mapToInt(PruningReport.CutGroup::kept).sum();
    assertThat(after).isEqualTo((int) Math.floor(0.3 * before));
    assertThat(report.cut())
        .allSatisfy(group ->
            assertThat(group.kept())
                .isGreaterThanOrEqualTo((int) Math.ceil(0.2 * group.channels())));
    assertThat(report.threshold()).isPositive();
  }

  @Test
  void refusesSlimmingWithoutNormalization() throws IOException {
    Model folded = RealModels.networkInNetwork();
    Fusion.standard(BACKEND).apply(folded);

    assertThatThrownBy(() -> Pruning.of(folded).criterion(Criterion.SLIMMING).run())
        .isInstanceOf(PruningException.class)
        .hasMessageContaining("export without folding, or rank by l1");
  }
}
