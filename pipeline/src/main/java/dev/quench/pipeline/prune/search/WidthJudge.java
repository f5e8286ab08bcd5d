// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

import dev.quench.compress.prune.PruningSpace;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Cuts models of some widths and measures what they lose; each once, by the state.
final class WidthJudge {
  /// Between two writes of the state, which cost more the more it holds.
  private static final Duration SAVED_EVERY = Duration.ofSeconds(2);

  private final PruningSpace space;
  private final LossMeasure measure;
  private final SearchState state;
  private long saved = System.nanoTime() - SAVED_EVERY.toNanos();

  WidthJudge(PruningSpace space, LossMeasure measure, SearchState state) {
    this.space = space;
    this.measure = measure;
    this.state = state;
  }

  WidthLoss of(List<Integer> widths) throws IOException {
    Optional<WidthLoss> known = state.loss(widths);
    if (known.isPresent()) {
      return known.get();
    }
    WidthLoss loss = measure.of(space.cut(widths));
    state.putLoss(widths, loss);
    if (System.nanoTime() - saved >= SAVED_EVERY.toNanos()) {
      state.save();
      saved = System.nanoTime();
    }
    return loss;
  }
}
