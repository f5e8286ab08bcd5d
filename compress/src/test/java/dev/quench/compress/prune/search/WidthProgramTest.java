// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quench.compress.prune.select.CostTerm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WidthProgramTest {
  /// Groups with random losses, each larger the narrower, and random terms of up to three groups.
  private record Instance(List<WidthLosses> groups, List<CostTerm> terms) {
    static Instance random(long seed, int count, int mostTied) {
      SplittableRandom random = new SplittableRandom(seed);
      List<WidthLosses> groups = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        List<Integer> widths = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        double loss = 0;
        for (int width = 8; width >= 2; width -= 2) {
          widths.add(width);
          losses.add(loss);
          loss += random.nextDouble();
        }
        groups.add(new WidthLosses(widths, losses));
      }
      List<CostTerm> terms = new ArrayList<>();
      for (int i = 0; i < 2 * count; i++) {
        List<Integer> tied =
            random
                .ints(1 + random.nextInt(mostTied), 0, count)
                .distinct()
                .sorted()
                .boxed()
                .toList();
        double factor = random.nextDouble();
        terms.add(
            new CostTerm(
                tied,
                kept -> {
                  double product = factor;
                  for (int each : kept) {
                    product *= each;
                  }
                  return product;
                }));
      }
      terms.add(new CostTerm(List.of(), _ -> -3));
      return new Instance(groups, terms);
    }

    WidthProgram program() {
      return new WidthProgram(groups, terms);
    }

    List<WidthPlan> all() {
      List<WidthPlan> plans = new ArrayList<>();
      collect(new ArrayList<>(), 0, plans);
      return plans;
    }

    private void collect(List<Integer> widths, double loss, List<WidthPlan> plans) {
      if (widths.size() == groups.size()) {
        plans.add(new WidthPlan(widths, loss, program().cost(widths)));
        return;
      }
      WidthLosses next = groups.get(widths.size());
      for (int i = 0; i < next.widths().size(); i++) {
        List<Integer> longer = new ArrayList<>(widths);
        longer.add(next.widths().get(i));
        collect(longer, loss + next.losses().get(i), plans);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void findsWhatTryingAllPlansFinds(long seed) {
    Instance instance = Instance.random(seed, 5, 3);
    List<WidthPlan> all = instance.all();
    double full = all.getFirst().cost();

    for (double share : new double[] {0.9, 0.6, 0.4, 0.2, 0.1}) {
      double most = share * full;
      double best =
          all.stream()
              .filter(plan -> plan.cost() <= most)
              .mapToDouble(WidthPlan::loss)
              .min()
              .orElse(Double.NaN);
      Optional<WidthPlan> found = instance.program().solve(most);

      assertThat(found.map(WidthPlan::loss).orElse(Double.NaN)).isEqualTo(best, within(1e-9));
      found.ifPresent(plan -> assertThat(plan.cost()).isLessThanOrEqualTo(most + 1e-9));
    }
    assertThat(instance.program().cheapest().cost())
        .isEqualTo(all.stream().mapToDouble(WidthPlan::cost).min().orElseThrow(), within(1e-9));
  }

  /// All groups in one term: the program goes in turns.
  @Test
  void comesNearTheBestWhereAllGroupsAreTied() {
    for (long seed = 1; seed <= 5; seed++) {
      Instance few = Instance.random(seed, 6, 2);
      List<CostTerm> terms = new ArrayList<>(few.terms());
      List<Integer> everyone = List.of(0, 1, 2, 3, 4, 5);
      terms.add(
          new CostTerm(
              everyone,
              kept -> {
                double sum = 0;
                for (int i = 1; i < kept.length; i++) {
                  sum += kept[0] * kept[i];
                }
                return sum;
              }));
      Instance tied = new Instance(few.groups(), terms);
      WidthProgram inTurns = new WidthProgram(tied.groups(), terms, false);
      double most = 0.5 * tied.all().getFirst().cost();
      WidthPlan best = tied.program().solve(most).orElseThrow();
      WidthPlan found = inTurns.solve(most).orElseThrow();

      assertThat(found.cost()).isLessThanOrEqualTo(most);
      assertThat(found.loss()).isBetween(best.loss() - 1e-9, 1.15 * best.loss());
    }
  }

  /// Forty groups in a chain: 4^40 plans.
  @Test
  void solvesLongChains() {
    Instance alone = Instance.random(9, 40, 1);
    List<CostTerm> chain = new ArrayList<>();
    for (int i = 0; i + 1 < 40; i++) {
      chain.add(new CostTerm(List.of(i, i + 1), kept -> kept[0] * (double) kept[1]));
    }
    WidthProgram program = new WidthProgram(alone.groups(), chain);
    double full = program.solve(Double.MAX_VALUE).orElseThrow().cost();

    WidthPlan plan = program.solve(full / 2).orElseThrow();

    assertThat(program.isExact()).isTrue();
    assertThat(plan.cost()).isBetween(0.48 * full, 0.5 * full);
    assertThat(program.cost(plan.widths())).isEqualTo(plan.cost(), within(1e-9));
  }

  @Test
  void findsNothingBelowTheCheapestPlan() {
    WidthProgram program = Instance.random(3, 4, 2).program();

    assertThat(program.solve(program.cheapest().cost() - 1e-6)).isEmpty();
  }

  @Test
  void refusesLossesThatAreNoNumbers() {
    assertThatThrownBy(() -> new WidthLosses(List.of(2, 1), List.of(0.0, Double.NaN)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected finite losses");
  }
}
