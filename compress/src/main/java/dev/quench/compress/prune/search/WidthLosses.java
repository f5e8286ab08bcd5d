// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import java.util.List;

/// What a model loses if one group alone has some width.
///
/// @param widths that the group may have
/// @param losses of each, 0 or more; what the whole group loses is usually 0
public record WidthLosses(List<Integer> widths, List<Double> losses) {
  /// @throws IllegalArgumentException unless there is a finite loss of 0 or more for each width
  public WidthLosses {
    widths = List.copyOf(widths);
    losses = List.copyOf(losses);
    if (widths.isEmpty() || widths.size() != losses.size()) {
      throw new IllegalArgumentException(
          "got %d losses for %d widths, expected one for each"
              .formatted(losses.size(), widths.size()));
    }
    if (!losses.stream().allMatch(loss -> loss >= 0 && loss < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("expected finite losses of 0 or more, got " + losses);
    }
  }
}
