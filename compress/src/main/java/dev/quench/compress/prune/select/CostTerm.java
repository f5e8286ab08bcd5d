// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// A part of a cost that depends on how many classes of some groups stay. The cost is the sum of
/// its parts. Immutable.
public final class CostTerm {
  private final int[] groups;
  private final ToDoubleFunction<int[]> value;

  /// @param groups whose widths it depends on, ascending
  /// @param value from the number of classes of each group that stay, in the order of `groups`
  public CostTerm(List<Integer> groups, ToDoubleFunction<int[]> value) {
    this.groups = groups.stream().mapToInt(Integer::intValue).toArray();
    this.value = value;
  }

  /// Whose widths it depends on, ascending.
  public List<Integer> groups() {
    return Arrays.stream(groups).boxed().toList();
  }

  /// @param kept how many classes of each of [#groups] stay
  public double of(int... kept) {
    return value.applyAsDouble(kept);
  }

  /// @param kept how many classes of every group stay
  public double at(List<Integer> kept) {
    int[] own = new int[groups.length];
    for (int i = 0; i < own.length; i++) {
      own[i] = kept.get(groups[i]);
    }
    return of(own);
  }
}
