// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Puts each step behind those that it takes something from.
final class StepOrder {
  private final Map<String, RecipeStep> byName = new LinkedHashMap<>();
  private final List<RecipeStep> ordered = new ArrayList<>();
  private final List<String> open = new ArrayList<>();

  private StepOrder(List<RecipeStep> steps) {
    steps.forEach(step -> byName.put(step.name(), step));
  }

  /// @throws RecipeSyntaxException if steps need each other in a circle, naming it
  static List<RecipeStep> of(List<RecipeStep> steps) {
    StepOrder order = new StepOrder(steps);
    steps.forEach(order::add);
    return order.ordered;
  }

  private void add(RecipeStep step) {
    if (ordered.contains(step)) {
      return;
    }
    int at = open.indexOf(step.name());
    if (at >= 0) {
      throw new RecipeSyntaxException(
          step.line(),
          "steps need each other in a circle: %s → %s"
              .formatted(String.join(" → ", open.subList(at, open.size())), step.name()));
    }
    open.add(step.name());
    for (RecipeStep.Source source : step.sources().values()) {
      if (source instanceof RecipeStep.Source.Step(String name, String _)) {
        RecipeStep giver = byName.get(name);
        if (giver != null) {
          add(giver);
        }
      }
    }
    open.removeLast();
    ordered.add(step);
  }
}
