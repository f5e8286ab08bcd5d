// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import dev.quench.compress.prune.structure.Structure;
import dev.quench.cost.ModelCost;
import java.util.List;

/// Counted costs as functions of widths.
public final class WidthCosts {
  private WidthCosts() {}

  /// @param cost of the structure's model
  /// @param groups whose widths vary
  /// @return the parts that the cost is the sum of; exact but where a slice holds some channels of
  ///   a group alone, for which the mean is taken
  public static List<CostTerm> terms(
      Structure structure, Budget budget, ModelCost cost, List<ChannelGroup> groups) {
    return CostMeasure.of(structure, budget, cost).terms(groups);
  }
}
