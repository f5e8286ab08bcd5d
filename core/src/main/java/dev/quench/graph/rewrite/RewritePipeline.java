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

/// Applies rewrites in order, again and again until none changes the model any more.
///
/// After each rewrite that changed something, the graph is sorted and validated. When a rewrite
/// fails or breaks the graph, the model is restored to its state before that rewrite: the pipeline
/// takes one snapshot of the structure at the start, which shares the weights, and replays on it
/// the rewrites that had changed the model. Rewrites themselves copy no model.
///
/// @param maxRounds guard against rewrites that undo each other
public record RewritePipeline(List<Rewrite> rewrites, int maxRounds) {
  public RewritePipeline {
    rewrites = List.copyOf(rewrites);
  }

  public RewritePipeline(List<Rewrite> rewrites) {
    this(rewrites, 50);
  }

  /// @return how many rounds each rewrite changed the model in, for those that did
  /// @throws GraphInvariantException naming the rewrite that failed, broke the graph, or kept
  ///   changing it
  public Map<String, Integer> apply(Model model) {
    Model original = model.copy();
    List<Rewrite> applied = new ArrayList<>();
    Map<String, Integer> changes = new LinkedHashMap<>();
    for (int round = 0; round < maxRounds; round++) {
      boolean changed = false;
      for (Rewrite rewrite : rewrites) {
        try {
          if (applyOne(rewrite, model)) {
            changes.merge(rewrite.name(), 1, Integer::sum);
            applied.add(rewrite);
            changed = true;
          }
        } catch (QuenchException | IllegalArgumentException | IllegalStateException e) {
          applied.forEach(earlier -> applyOne(earlier, original));
          model.restore(original);
          throw new GraphInvariantException(rewrite.name(), String.valueOf(e.getMessage()), e);
        }
      }
      if (!changed) {
        return changes;
      }
    }
    throw new GraphInvariantException(
        "pipeline", "still changing after " + maxRounds + " rounds: " + changes, null);
  }

  private static boolean applyOne(Rewrite rewrite, Model model) {
    boolean changed = rewrite.apply(model);
    if (changed) {
      model.graph().sortTopologically();
      GraphValidator.validate(model);
    }
    return changed;
  }
}
