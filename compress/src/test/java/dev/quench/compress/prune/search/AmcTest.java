// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.prune.LayerSize;
import dev.quench.compress.prune.select.CostTerm;
import dev.quench.run.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/// On a toy: six layers in a chain, of which some bear to be narrow and some do not.
class AmcTest {
  private static final double[] SENSITIVE = {4, 0.2, 3, 0.1, 0.2, 2};

  private final List<List<Integer>> widths = new ArrayList<>();
  private final List<LayerSize> layers = new ArrayList<>();
  private final List<WidthLosses> losses = new ArrayList<>();
  private final List<CostTerm> terms = new ArrayList<>();

  AmcTest() {
    for (int i = 0; i < SENSITIVE.length; i++) {
      List<Integer> choices = List.of(16, 14, 12, 10, 8, 6, 4, 2);
      double factor = SENSITIVE[i];
      widths.add(choices);
      layers.add(new LayerSize(16, 16, 8, 8, 1, i % 2 == 0 ? 3 : 1, 16 * 16));
      losses.add(
          new WidthLosses(choices, choices.stream().map(each -> loss(factor, each)).toList()));
      if (i > 0) {
        terms.add(new CostTerm(List.of(i - 1, i), kept -> kept[0] * (double) kept[1]));
      }
    }
  }

  private static double loss(double factor, int width) {
    double gone = 1 - width / 16.0;
    return factor * gone * gone;
  }

  private static double loss(List<Integer> widths) {
    double sum = 0;
    for (int i = 0; i < SENSITIVE.length; i++) {
      sum += loss(SENSITIVE[i], widths.get(i));
    }
    return sum;
  }

  private List<WidthPlan> run(AmcOptions options, List<List<Integer>> tried) throws IOException {
    WidthProgram program = new WidthProgram(losses, terms);
    return new Amc(widths, layers, program, half(program), options)
        .run(
            each -> {
              tried.add(each);
              return loss(each);
            },
            Progress.NONE);
  }

  private static double half(WidthProgram program) {
    return program.solve(Double.MAX_VALUE).orElseThrow().cost() / 2;
  }

  /// The models tried last are those of the policy, nearly without noise.
  @Test
  void learnsWhichLayersBearToBeNarrow() throws IOException {
    WidthProgram program = new WidthProgram(losses, terms);
    double best = program.solve(half(program)).orElseThrow().loss();
    List<List<Integer>> tried = new ArrayList<>();

    List<WidthPlan> plans =
        run(AmcOptions.DEFAULT.withEpisodes(300).withWarmUp(60).withHidden(64), tried);

    List<Double> random = tried.subList(0, 60).stream().map(AmcTest::loss).toList();
    assertThat(mean(tried.subList(tried.size() - 20, tried.size())))
        .isLessThan(0.6 * mean(tried.subList(0, 60)));
    assertThat(plans.getFirst().loss())
        .isGreaterThanOrEqualTo(best - 1e-9)
        .isLessThan(Collections.min(random));
  }

  private static double mean(List<List<Integer>> tried) {
    return tried.stream().mapToDouble(AmcTest::loss).average().orElseThrow();
  }

  @Test
  void neverExceedsTheCostEvenAtRandom() throws IOException {
    WidthProgram program = new WidthProgram(losses, terms);
    List<List<Integer>> tried = new ArrayList<>();

    run(AmcOptions.DEFAULT.withEpisodes(100).withHidden(8), tried);

    assertThat(tried)
        .isNotEmpty()
        .allSatisfy(each -> assertThat(program.cost(each)).isLessThanOrEqualTo(half(program)));
  }

  @Test
  void oneSeedTriesTheSameModels() throws IOException {
    List<List<Integer>> first = new ArrayList<>();
    List<List<Integer>> second = new ArrayList<>();
    List<List<Integer>> other = new ArrayList<>();
    AmcOptions options = AmcOptions.DEFAULT.withEpisodes(40).withWarmUp(10).withHidden(8);

    run(options.withSeed(5), first);
    run(options.withSeed(5), second);
    run(options.withSeed(6), other);

    assertThat(first).isEqualTo(second).isNotEqualTo(other);
  }
}
