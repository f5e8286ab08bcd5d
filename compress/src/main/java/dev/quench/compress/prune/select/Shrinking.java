// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// One group on its way from all of its classes to fewer. Mutable.
final class Shrinking {
  private final ChannelGroup group;
  private final List<Integer> counts;
  private final List<Integer> ascending;
  private final double[] worths;
  private final Ranking ranking;
  private int step;

  Shrinking(ChannelGroup group, KeptCounts counts, FilterScores scores, Ranking ranking) {
    this.group = group;
    this.counts = counts.counts();
    this.ranking = ranking;
    List<Integer> order = new ArrayList<>(group.classes().reversed());
    order.sort(Comparator.comparingDouble(each -> scores.get(each).orElseThrow()));
    this.ascending = List.copyOf(order);
    this.worths = order.stream().mapToDouble(each -> scores.get(each).orElseThrow()).toArray();
    if (!scores.isComparable()) {
      double sum = 0;
      for (double worth : worths) {
        sum += worth;
      }
      for (int i = 0; i < worths.length && sum > 0; i++) {
        worths[i] *= worths.length / sum;
      }
    }
  }

  ChannelGroup group() {
    return group;
  }

  int kept() {
    return counts.get(step);
  }

  /// What goes so that the group begins at an allowed number.
  List<Integer> align() {
    return ascending.subList(0, ascending.size() - counts.getFirst());
  }

  boolean canShrink() {
    return step + 1 < counts.size();
  }

  /// What comes first is least: the share that would be gone, or the mean worth of what would go.
  double priority() {
    if (ranking == Ranking.UNIFORM) {
      return 1 - (double) counts.get(step + 1) / ascending.size();
    }
    int from = ascending.size() - counts.get(step);
    int to = ascending.size() - counts.get(step + 1);
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += worths[i];
    }
    return sum / (to - from);
  }

  /// The largest worth of what goes next.
  double worth() {
    return worths[ascending.size() - counts.get(step + 1) - 1];
  }

  /// Goes on to the next allowed number.
  ///
  /// @return the classes that go
  List<Integer> shrink() {
    int from = ascending.size() - counts.get(step);
    step++;
    return ascending.subList(from, ascending.size() - counts.get(step));
  }
}
