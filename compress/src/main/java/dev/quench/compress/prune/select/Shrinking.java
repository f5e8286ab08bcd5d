// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// One group on its way from all of its classes to fewer. Mutable.
final class Shrinking {
  private final ChannelGroup group;
  private final List<Integer> counts;
  private final List<Integer> ascending;
  private final Map<Integer, Double> worths = new HashMap<>();
  private final Ranking ranking;
  private final AxisGuard guard;

  /// Place in the counts of how many are left; −1 before the first.
  private int step = -1;

  Shrinking(
      ChannelGroup group,
      KeptCounts counts,
      FilterScores scores,
      Ranking ranking,
      AxisGuard guard) {
    this.group = group;
    this.counts = counts.counts();
    this.ranking = ranking;
    this.guard = guard;
    this.ascending = new ArrayList<>(group.classes().reversed());
    double sum = 0;
    for (int each : ascending) {
      double worth = scores.get(each).orElseThrow();
      worths.put(each, worth);
      sum += worth;
    }
    if (!scores.isComparable() && sum > 0) {
      double mean = sum / ascending.size();
      worths.replaceAll((_, worth) -> worth / mean);
    }
    ascending.sort(Comparator.comparingDouble(this::worth));
  }

  ChannelGroup group() {
    return group;
  }

  int kept() {
    return ascending.size();
  }

  /// Whether the number that is left is one of those allowed.
  boolean isAligned() {
    return counts.contains(ascending.size());
  }

  boolean canShrink() {
    return step + 1 < counts.size();
  }

  double worth(int indexClass) {
    return worths.getOrDefault(indexClass, 0.0);
  }

  /// What comes first is least: the share that would be gone, or the mean worth of what would go.
  double priority() {
    int next = counts.get(step + 1);
    if (ranking == Ranking.UNIFORM) {
      return 1 - (double) next / group.classes().size();
    }
    return ascending.subList(0, ascending.size() - next).stream()
        .mapToDouble(this::worth)
        .average()
        .orElse(0);
  }

  /// Goes on to the next allowed number; before the first call all classes are there.
  ///
  /// @return the classes that go; fewer than asked for never do, so empty ends the way where an
  ///   axis would lose its last index
  List<Integer> shrink() {
    int number = ascending.size() - counts.get(step + 1);
    List<Integer> gone = new ArrayList<>();
    for (int each : ascending) {
      if (gone.size() == number) {
        break;
      }
      if (guard.take(each)) {
        gone.add(each);
      }
    }
    if (gone.size() < number) {
      gone.forEach(guard::restore);
      step = counts.size();
      return List.of();
    }
    ascending.removeAll(gone);
    step++;
    return gone;
  }
}
