// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.libtorch.Compute;
import dev.quench.data.source.DataSource;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.reproduce.PublishedTable;
import dev.quench.pipeline.reproduce.ReproducedTable;
import dev.quench.pipeline.reproduce.ReproductionData;
import dev.quench.pipeline.reproduce.ReproductionRecipe;
import dev.quench.pipeline.reproduce.ReproductionSettings;
import dev.quench.run.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two workers in the folders of one table.
class SharedReproductionTest {
  @TempDir private Path folder;
  private final ConcurrentLinkedQueue<String> notes = new ConcurrentLinkedQueue<>();
  private ReproductionData data;

  @BeforeEach
  void open() throws IOException {
    data =
        ReproductionData.open(
            DataSource.parse("idx:" + BundledFolder.in(folder)), OptionalInt.of(100));
  }

  private ReproductionRecipe recipe(String table, int threads) {
    return new ReproductionRecipe(
        PublishedTable.named(table),
        data,
        new ReproductionSettings(OptionalInt.of(1), threads, Compute.FP32),
        folder.resolve("work"),
        folder.resolve("out"),
        new RecipeListener() {
          @Override
          public void note(String line) {
            notes.add(line);
          }

          @Override
          public void result(String line) {}

          @Override
          public Progress progress() {
            return Progress.NONE;
          }
        });
  }

  private ReproducedTable run(ReproductionRecipe recipe, List<String> rows) {
    try {
      return recipe.run(recipe.rows(rows), List.of(5L));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void trainEachRowOnce() {
    List<String> rows = List.of("mlp", "mlp-w1a1");
    CompletableFuture<ReproducedTable> first =
        CompletableFuture.supplyAsync(() -> run(recipe("binarynet", 1), rows));
    CompletableFuture<ReproducedTable> second =
        CompletableFuture.supplyAsync(() -> run(recipe("binarynet", 1), rows));

    for (ReproducedTable table : List.of(first.join(), second.join())) {
      assertThat(table.rows().stream().limit(2)).allMatch(row -> row.runs().size() == 1);
    }
    assertThat(notes).filteredOn(note -> note.equals("mlp, seed 5")).hasSize(1);
    assertThat(notes).filteredOn(note -> note.equals("mlp-w1a1, seed 5")).hasSize(1);
  }

  /// Threads are a part of what a run goes on from; the networks that runs begin with are not.
  @Test
  void startsFromANetworkTrainedOnOtherThreads() {
    run(recipe("micronet", 1), List.of("nin-gc"));
    notes.clear();

    run(recipe("micronet", 2), List.of("w1a32"));

    assertThat(notes).contains("w1a32, seed 5").doesNotContain("nin-gc, seed 5");
  }
}
