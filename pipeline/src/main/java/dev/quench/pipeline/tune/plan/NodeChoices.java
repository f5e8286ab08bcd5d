// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import dev.quench.graph.pattern.NodeSelection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The nodes of a model that a plan treats in another way than by calibrated ranges.
///
/// @param floats names of those that stay float
/// @param dynamic names of those whose ranges are found in each inference
/// @param otherBranch names of residual sums whose other branch is quantized
public record NodeChoices(Set<String> floats, Set<String> dynamic, Set<String> otherBranch) {
  /// All others in integers.
  public static NodeChoices without(Set<String> floats) {
    return new NodeChoices(floats, Set.of(), Set.of());
  }

  public NodeChoices {
    floats = new LinkedHashSet<>(floats);
    dynamic = new LinkedHashSet<>(dynamic);
    otherBranch = new LinkedHashSet<>(otherBranch);
  }

  /// Patterns of a [NodeSelection].
  static List<String> patterns(Set<String> names) {
    return names.stream().map(NodeSelection::patternOf).toList();
  }
}
