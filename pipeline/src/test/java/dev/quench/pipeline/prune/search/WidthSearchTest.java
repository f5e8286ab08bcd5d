// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.prune.Pruning;
import dev.quench.compress.prune.PruningSpace;
import dev.quench.compress.prune.select.Budget;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.data.array.RandomDataset;
import dev.quench.graph.Model;
import dev.quench.pipeline.RecipeListener;
import dev.quench.run.Progress;
import dev.quench.run.StoppedException;
import dev.quench.run.dataset.Batch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WidthSearchTest {
  @TempDir private Path folder;

  /// Stops at the first group of channels.
  private static final class Stopping implements RecipeListener {
    @Override
    public void note(String line) {}

    @Override
    public void result(String line) {}

    @Override
    public Progress progress() {
      return Progress.of((task, done, _) -> {
        if (done > 0) {
          throw new StoppedException(task + " stopped");
        }
      });
    }
  }

  @Test
  void storesWhatItMeasuredBeforeItStopped() throws IOException {
    Model model = Architecture.LENET.build(NetworkOptions.MNIST.withSeed(1));
    PruningSpace space = Pruning.of(model).space(3);
    RandomDataset data = RandomDataset.forInputsOf(model.graph(), 1, 8);
    List<Batch> judges;
    try (Stream<Batch> batches = data.batches(4)) {
      judges = batches.toList();
    }
    Path state = folder.resolve("state.json");
    WidthSearch search =
        WidthSearch.to(new SearchTarget.Share(Budget.MACS, 0.5))
            .state(state)
            .listener(new Stopping());

    assertThatThrownBy(
            () -> search.run(space, WidthSearch.shapes(space, Map.of(), 1), data, judges))
        .isInstanceOf(StoppedException.class)
        .hasMessage("sensitivities stopped");

    assertThat(state).content().contains("outputError");
  }
}
