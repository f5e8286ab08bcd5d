// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.rewrite;

import dev.quench.QuenchException;
import dev.quench.graph.GraphInvariantException;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Applies passes in order, again and again until none changes the model any more.
///
/// After each pass that changed something the graph is sorted and checked; when a pass fails or
/// breaks the graph, the model is as it was before that pass: it is copied once, at the start, and
/// what had changed it by then is applied to the copy again.
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
    Model original = model.copy();
    List<Pass> applied = new ArrayList<>();
    Map<String, Integer> changes = new LinkedHashMap<>();
    for (int round = 0; round < maxRounds; round++) {
      boolean changed = false;
      for (Pass pass : passes) {
        try {
          if (applyOne(pass, model)) {
            changes.merge(pass.name(), 1, Integer::sum);
            applied.add(pass);
            changed = true;
          }
        } catch (QuenchException | IllegalArgumentException | IllegalStateException e) {
          applied.forEach(earlier -> applyOne(earlier, original));
          model.restore(original);
          throw new GraphInvariantException(pass.name(), String.valueOf(e.getMessage()), e);
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
    boolean changed = pass.apply(model);
    if (changed) {
      model.graph().sortTopologically();
      GraphValidator.validate(model);
    }
    return changed;
  }
}
