// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MinimumCutTest {
  private record Edge(int from, int to, long capacity) {}

  private static long cost(List<Edge> edges, BitSet source) {
    return edges.stream()
        .filter(edge -> source.get(edge.from()) && !source.get(edge.to()))
        .mapToLong(Edge::capacity)
        .sum();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void noOtherCutIsCheaperAndAmongEqualOnesTheSourceSideIsSmallest(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 40; round++) {
      int inner = random.nextInt(1, 9);
      MinimumCut cut = new MinimumCut();
      for (int i = 0; i < inner; i++) {
        cut.addVertex();
      }
      List<Edge> edges = new ArrayList<>();
      for (int i = random.nextInt(30); i > 0; i--) {
        Edge edge =
            new Edge(random.nextInt(inner + 2), random.nextInt(inner + 2), random.nextInt(5));
        edges.add(edge);
        cut.addEdge(edge.from(), edge.to(), edge.capacity());
      }
      BitSet found = cut.sourceSide();
      assertThat(found.get(MinimumCut.SOURCE)).isTrue();
      assertThat(found.get(MinimumCut.SINK)).isFalse();
      for (int choice = 0; choice < 1 << inner; choice++) {
        BitSet other = new BitSet();
        other.set(MinimumCut.SOURCE);
        for (int i = 0; i < inner; i++) {
          other.set(i + 2, (choice >> i & 1) == 1);
        }
        long difference = cost(edges, other) - cost(edges, found);
        assertThat(difference).as("seed %d round %d", seed, round).isNotNegative();
        if (difference == 0) {
          BitSet missing = (BitSet) found.clone();
          missing.andNot(other);
          assertThat(missing.isEmpty()).isTrue();
        }
      }
    }
  }

  @Test
  void aChainIsCutAtItsWeakestEdge() {
    MinimumCut cut = new MinimumCut();
    int first = cut.addVertex();
    int second = cut.addVertex();
    cut.addEdge(MinimumCut.SOURCE, first, MinimumCut.UNBOUNDED);
    cut.addEdge(first, second, 3);
    cut.addEdge(second, MinimumCut.SINK, MinimumCut.UNBOUNDED);
    assertThat(cut.sourceSide().stream()).containsExactly(MinimumCut.SOURCE, first);
  }
}
