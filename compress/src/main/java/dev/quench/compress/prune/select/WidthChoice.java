// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import java.util.ArrayList;
import java.util.List;

/// How many classes of a group may stay.
///
/// @param counts in descending order, at least one
public record WidthChoice(ChannelGroup group, List<Integer> counts) {
  public WidthChoice {
    counts = List.copyOf(counts);
  }

  /// At most so many counts: the first, the last, and others evenly between.
  ///
  /// @throws IllegalArgumentException if `most` is below 2
  public WidthChoice thinned(int most) {
    if (most < 2) {
      throw new IllegalArgumentException("expected 2 widths or more for a group, got " + most);
    }
    if (counts.size() <= most) {
      return this;
    }
    List<Integer> fewer = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      fewer.add(counts.get(Math.toIntExact(Math.round(i * (counts.size() - 1.0) / (most - 1)))));
    }
    return new WidthChoice(group, fewer);
  }
}
