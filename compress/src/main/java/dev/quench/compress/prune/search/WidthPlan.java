// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import java.util.List;

/// A width for each group.
///
/// @param widths how many classes of each group stay
/// @param loss predicted, the sum over the groups; or measured, where a search says so
/// @param cost in the unit of the terms
public record WidthPlan(List<Integer> widths, double loss, double cost) {
  public WidthPlan {
    widths = List.copyOf(widths);
  }
}
