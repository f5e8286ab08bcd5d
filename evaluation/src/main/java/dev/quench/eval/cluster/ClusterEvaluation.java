// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval.cluster;

import dev.quench.eval.Candidate;
import dev.quench.graph.Model;
import dev.quench.run.Progress;
import dev.quench.run.dataset.SharedDataset;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// An evaluation to run on a cluster.
///
/// @param candidates one or more; their backends are opened by name on the executors
/// @param data which every machine of the cluster can open
/// @param metric what they are judged by
/// @param reference the model whose outputs `metric` compares with; for such a metric alone
/// @param batchSize samples a call
/// @param engineCache folder, the same on every machine, in which backends that build engines keep
///   them; without it each process builds its own
/// @param progress hears of samples
public record ClusterEvaluation(
    List<Candidate> candidates,
    SharedDataset data,
    SharedMetric metric,
    Optional<Model> reference,
    int batchSize,
    Optional<Path> engineCache,
    Progress progress) {
  public ClusterEvaluation {
    candidates = List.copyOf(candidates);
    if (candidates.isEmpty()) {
      throw new IllegalArgumentException("no model to evaluate; give at least one");
    }
  }
}
