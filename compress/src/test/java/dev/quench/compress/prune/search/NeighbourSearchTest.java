// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.prune.select.CostTerm;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class NeighbourSearchTest {
  private static final List<Integer> WIDTHS = List.of(4, 3, 2, 1);

  private final List<WidthLosses> groups =
      List.of(
          new WidthLosses(WIDTHS, List.of(0.0, 1.0, 2.0, 3.0)),
          new WidthLosses(WIDTHS, List.of(0.0, 1.0, 2.0, 3.0)));
  private final WidthProgram program =
      new WidthProgram(groups, List.of(new CostTerm(List.of(0, 1), kept -> kept[0] + kept[1])));

  /// What the sensitivities do not say: the first group alone matters.
  private static double loss(List<Integer> widths) {
    return 4 - widths.getFirst();
  }

  @Test
  void findsWhatSensitivitiesDoNotSay() throws IOException {
    WidthPlan start = new WidthPlan(List.of(2, 3), 3, 5);

    WidthPlan found =
        new NeighbourSearch(groups, program, 5).improve(start, NeighbourSearchTest::loss, 100);

    assertThat(found.widths()).isEqualTo(List.of(4, 1));
    assertThat(found.loss()).isZero();
    assertThat(found.cost()).isEqualTo(5);
  }

  @Test
  void measuresNoMoreThanItMay() throws IOException {
    int[] measured = {0};

    new NeighbourSearch(groups, program, 5)
        .improve(
            new WidthPlan(List.of(2, 3), 3, 5),
            widths -> {
              measured[0]++;
              return loss(widths);
            },
            2);

    assertThat(measured[0]).isEqualTo(2);
  }
}
