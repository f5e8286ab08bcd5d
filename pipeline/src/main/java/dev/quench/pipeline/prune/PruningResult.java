// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune;

import dev.quench.compress.prune.PruningReport;
import dev.quench.graph.Model;
import dev.quench.pipeline.prune.search.SearchOutcome;
import dev.quench.pipeline.prune.search.WidthLoss;
import dev.quench.pipeline.trial.RealizedGain;
import java.util.Optional;

/// A pruned model, what was cut, and what it brings by count and by measurement.
///
/// @param search how its widths were found; empty for a ranking
public record PruningResult(
    Model model, PruningReport report, RealizedGain gain, Optional<SearchResult> search) {
  /// @param outcome of the search
  /// @param loss of the model itself, its layers fitted anew, on the same samples
  public record SearchResult(SearchOutcome outcome, WidthLoss loss) {}
}
