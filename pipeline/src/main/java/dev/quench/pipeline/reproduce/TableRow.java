// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A row with its finished runs, beside what was published.
///
/// @param runs finished, by seed
/// @param loss against its reference, over the seeds of both; empty for the reference itself and
///   without such a seed
public record TableRow(Row row, List<RunRecord> runs, Optional<PairedLoss> loss) {
  public TableRow {
    runs = List.copyOf(runs);
  }

  /// @param all finished runs by name of their row
  static TableRow of(Row row, Map<String, List<RunRecord>> all) {
    List<RunRecord> runs = all.getOrDefault(row.name(), List.of());
    List<PairedLoss.Pair> pairs = new ArrayList<>();
    for (RunRecord other : row.reference().map(all::get).orElse(List.of())) {
      for (RunRecord run : runs) {
        if (run.seed() == other.seed() && run.testDigest().equals(other.testDigest())) {
          pairs.add(new PairedLoss.Pair(other.correctBits(), run.correctBits()));
        }
      }
    }
    return new TableRow(
        row, runs, pairs.isEmpty() ? Optional.empty() : Optional.of(PairedLoss.of(pairs)));
  }

  /// Mean top-1 in percent over the seeds; NaN without a run.
  public double meanTop1() {
    return runs.stream().mapToDouble(RunRecord::top1).average().orElse(Double.NaN);
  }

  /// Whether the loss is at most the published one and two standard errors; empty where either is
  /// unknown.
  public Optional<Boolean> holds() {
    return loss.isPresent() && row.published().loss().isPresent()
        ? Optional.of(
            loss.get().points() <= loss.get().allowed(row.published().loss().getAsDouble()))
        : Optional.empty();
  }
}
