// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import dev.quench.QuenchException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Applies passes in order, again and again until none changes the model any more.
///
/// After each pass that changed something the graph is sorted and checked; when a pass fails or
/// breaks the graph, the model is as it was before that pass.
///
/// @param maxRounds guard against passes that undo each other
public record PassPipeline(List<Pass> passes, int maxRounds) {
  public PassPipeline {
    passes = List.copyOf(passes);
  }

  public PassPipeline(List<Pass> passes) {
    this(passes, 50);
  }

  /// @return how many rounds each pass changed the model in, for those that did
  /// @throws GraphInvariantException naming the pass that failed, broke the graph, or never came to
  ///   rest
  public Map<String, Integer> apply(Model model) {
    Map<String, Integer> changes = new LinkedHashMap<>();
    for (int round = 0; round < maxRounds; round++) {
      boolean changed = false;
      for (Pass pass : passes) {
        if (applyOne(pass, model)) {
          changes.merge(pass.name(), 1, Integer::sum);
          changed = true;
        }
      }
      if (!changed) {
        return changes;
      }
    }
    throw new GraphInvariantException(
        "pipeline", "still changing after " + maxRounds + " rounds: " + changes, null);
  }

  private static boolean applyOne(Pass pass, Model model) {
    Model snapshot = model.copy();
    try {
      boolean changed = pass.apply(model);
      if (changed) {
        model.graph().sortTopologically();
        GraphValidator.validate(model);
      }
      return changed;
    } catch (QuenchException | IllegalArgumentException | IllegalStateException e) {
      model.restore(snapshot);
      throw new GraphInvariantException(pass.name(), String.valueOf(e.getMessage()), e);
    }
  }
}
