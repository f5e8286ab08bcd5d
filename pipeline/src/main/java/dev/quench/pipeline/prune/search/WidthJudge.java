// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

import dev.quench.compress.prune.PruningSpace;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// Cuts models of some widths and measures what they lose; each once, by the state.
final class WidthJudge {
  /// Measurements between two writes of the state.
  private static final int SAVED_EVERY = 20;

  private final PruningSpace space;
  private final LossMeasure measure;
  private final SearchState state;
  private int measured;

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
    measured++;
    state.putLoss(widths, loss);
    if (measured % SAVED_EVERY == 0) {
      state.save();
    }
    return loss;
  }
}
