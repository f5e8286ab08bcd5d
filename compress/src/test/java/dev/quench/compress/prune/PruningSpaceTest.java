// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import static dev.quench.compress.Equivalence.BACKEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quench.compress.prune.select.Budget;
import dev.quench.compress.prune.select.CostTerm;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PruningSpaceTest {
  private static Model network(Architecture architecture) {
    return architecture.build(NetworkOptions.MNIST.withWidthMultiplier(0.25).withSeed(4));
  }

  private static List<Integer> random(PruningSpace space, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Integer> widths = new ArrayList<>();
    for (PruningSpace.Group group : space.groups()) {
      widths.add(group.widths().get(random.nextInt(group.widths().size())));
    }
    return widths;
  }

  private static double total(PruningSpace space, Budget budget, List<Integer> widths) {
    return space.terms(budget).stream().mapToDouble((CostTerm term) -> term.at(widths)).sum();
  }

  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"NIN", "RESNET18", "DENSENET40", "SHUFFLENET_V2"})
  void termsSumUpToTheCountedCost(Architecture architecture) {
    PruningSpace space = Pruning.of(network(architecture)).align(2).space(1000);

    for (long seed = 1; seed <= 3; seed++) {
      List<Integer> widths = random(space, seed);
      Model cut = space.cut(widths);

      assertThat(total(space, Budget.MACS, widths))
          .isCloseTo(space.cost(cut).macs(), within(1e-6 * space.cost(cut).macs()));
    }
  }

  @Test
  void cutsWhatPruningToTheSameWidthsCuts() {
    Model model = network(Architecture.NIN);
    PruningSpace space = Pruning.of(model).space(1000);
    List<Integer> widths = random(space, 7);

    PrunedModel pruned = Pruning.of(model).keep(widths).checkOn(BACKEND).run();

    assertThat(ModelDigest.of(pruned.model())).isEqualTo(ModelDigest.of(space.cut(widths)));
    assertThat(pruned.report().cut().stream().map(PruningReport.CutGroup::kept).toList())
        .isEqualTo(widths);
  }

  @Test
  void refusesWidthsThatTheAlignmentDoesNotAllow() {
    Model model = network(Architecture.NIN);
    List<Integer> widths =
        new ArrayList<>(
            Pruning.of(model).align(8).space(1000).groups().stream()
                .map(group -> group.widths().getFirst())
                .toList());
    widths.set(0, 3);

    assertThatThrownBy(() -> Pruning.of(model).align(8).keep(widths).run())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 classes of [conv1] cannot stay, expected one of [48, 40,");
  }
}
