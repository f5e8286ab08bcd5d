// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// The widths that a search chose, and what they rest on.
///
/// @param widths how many classes of each group stay
/// @param groups one for each width
/// @param cost predicted, in the unit of the target: milliseconds, or what the budget counts
/// @param originalCost of the original, in the same unit
/// @param measuredMillis of the model of these widths; empty without a table
/// @param tableError largest relative error of the table on whole models measured; 0 without one
/// @param loss of these widths as measured, before layers are fitted anew
/// @param evaluations models that were cut and judged, now or by an earlier run
public record SearchOutcome(
    SearchMethod method,
    SearchTarget target,
    List<Integer> widths,
    List<GroupWidth> groups,
    double cost,
    double originalCost,
    OptionalDouble measuredMillis,
    double tableError,
    WidthLoss loss,
    int evaluations) {
  /// @param layers that have the channels in common
  /// @param before channels of the layer named first
  /// @param after channels of it that stay
  /// @param cost predicted with this width alone, all other groups whole
  /// @param loss with this width alone; empty if it was not measured
  public record GroupWidth(
      List<String> layers, int before, int after, double cost, Optional<WidthLoss> loss) {
    public GroupWidth {
      layers = List.copyOf(layers);
    }
  }

  public SearchOutcome {
    widths = List.copyOf(widths);
    groups = List.copyOf(groups);
  }
}
