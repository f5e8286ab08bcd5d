// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

import dev.quench.compress.prune.PruningSpace;
import dev.quench.compress.prune.select.Budget;
import dev.quench.compress.prune.select.CostTerm;
import dev.quench.run.Progress;
import java.io.IOException;
import java.util.List;

/// What a search may spend: a cost by widths, in milliseconds or counted, and how much of it.
///
/// @param original cost of the original
/// @param most cost that is allowed; infinity where the loss bounds the search
/// @param timed whether the cost is a time
/// @param label unit, as in messages
record WidthCost(List<CostTerm> terms, double original, double most, boolean timed, String label) {
  /// Room for what rounding adds.
  private static final double SLACK = 1 + 1e-12;

  WidthCost {
    terms = List.copyOf(terms);
  }

  static WidthCost of(
      SearchTarget target,
      PruningSpace space,
      SearchState state,
      LatencyMeasurement clock,
      Progress progress)
      throws IOException {
    if (target.needsLatencies()) {
      clock.complete(state.latencies(), _ -> state.save(), progress);
      double most =
          target instanceof SearchTarget.Latency(double millis) ? millis : Double.POSITIVE_INFINITY;
      return new WidthCost(
          state.latencies().terms(), state.latencies().originalMillis(), most, true, "ms");
    }
    return switch (target) {
      case SearchTarget.Share(Budget budget, double ratio) -> {
        double original = total(space, budget);
        yield new WidthCost(
            space.terms(budget), original, original * (1 - ratio) * SLACK, false, budget.label());
      }
      case SearchTarget.Drop drop ->
          new WidthCost(
              space.terms(drop.budget()),
              total(space, drop.budget()),
              Double.POSITIVE_INFINITY,
              false,
              drop.budget().label());
      case SearchTarget.Latency _ -> throw new IllegalStateException("a latency needs latencies");
    };
  }

  private static double total(PruningSpace space, Budget budget) {
    List<Integer> whole =
        space.groups().stream().map(group -> group.channels() / group.channelsOfClass()).toList();
    return space.terms(budget).stream().mapToDouble(term -> term.at(whole)).sum();
  }
}
