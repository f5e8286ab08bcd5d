// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reduce;

import dev.quench.QuenchException;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.subgraph.Subgraph;
import dev.quench.pipeline.PipelineException;
import dev.quench.run.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/// Removes nodes from a model as long as it still fails.
///
/// Delta debugging (Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002)
/// on the nodes of the main graph in execution order, with [Subgraph] as the way to leave nodes
/// out: the result fails, and leaving out any one more of its nodes makes it pass, unless the
/// number of trials ended the search. What removed nodes computed are inputs of the result.
public final class ModelReduction {
  private final Model model;
  private final FailureCheck check;
  private final int trials;
  private final Progress progress;
  private int tried;

  /// The smallest model that was found.
  ///
  /// @param trials how many models were checked
  /// @param complete whether leaving out any one more node makes it pass; false if the trials were
  ///   used up
  public record Result(Model model, int trials, boolean complete) {}

  private ModelReduction(Model model, FailureCheck check, int trials, Progress progress) {
    this.model = model;
    this.check = check;
    this.trials = trials;
    this.progress = progress;
  }

  /// @param model not modified
  /// @param trials most models to check, 1 or more
  /// @throws PipelineException if the model itself does not fail
  /// @throws IOException if a check cannot be done
  public static Result of(Model model, FailureCheck check, int trials, Progress progress)
      throws IOException {
    return new ModelReduction(model, check, trials, progress).run();
  }

  private Result run() throws IOException {
    progress.begin("models checked, at most", trials);
    try {
      tried = 1;
      if (!check.fails(model)) {
        throw new PipelineException(
            "the whole model passes the check; expected it to fail, so that a part of it can be found that fails too");
      }
      progress.advance(1);
      return search();
    } finally {
      progress.end();
    }
  }

  private Result search() throws IOException {
    List<Node> kept = model.graph().nodes();
    Model smallest = model;
    int chunks = 2;
    while (kept.size() > 1) {
      Optional<Failing> smaller = smaller(kept, Math.min(chunks, kept.size()));
      if (smaller.isPresent()) {
        kept = smaller.get().nodes();
        smallest = smaller.get().model();
        chunks = Math.max(2, chunks - 1);
      } else if (tried >= trials) {
        return new Result(smallest, tried, false);
      } else if (chunks >= kept.size()) {
        return new Result(smallest, tried, true);
      } else {
        chunks *= 2;
      }
    }
    return new Result(smallest, tried, true);
  }

  private record Failing(List<Node> nodes, Model model) {}

  /// One chunk alone, else all but one chunk.
  private Optional<Failing> smaller(List<Node> kept, int chunks) throws IOException {
    List<List<Node>> candidates = new ArrayList<>();
    List<List<Node>> rests = new ArrayList<>();
    for (int i = 0; i < chunks; i++) {
      int from = (int) ((long) kept.size() * i / chunks);
      int to = (int) ((long) kept.size() * (i + 1) / chunks);
      candidates.add(kept.subList(from, to));
      List<Node> rest = new ArrayList<>(kept.subList(0, from));
      rest.addAll(kept.subList(to, kept.size()));
      rests.add(rest);
    }
    if (chunks > 2) {
      candidates.addAll(rests);
    }
    for (List<Node> nodes : candidates) {
      if (tried >= trials) {
        return Optional.empty();
      }
      Optional<Model> part = part(nodes);
      if (part.isPresent()) {
        tried++;
        boolean fails = check.fails(part.get());
        progress.advance(1);
        if (fails) {
          return Optional.of(new Failing(List.copyOf(nodes), part.get()));
        }
      }
    }
    return Optional.empty();
  }

  /// Empty where the part cannot be a model.
  private Optional<Model> part(List<Node> nodes) {
    try {
      return Optional.of(Subgraph.of(model, new LinkedHashSet<>(nodes)));
    } catch (QuenchException e) {
      return Optional.empty();
    }
  }
}
