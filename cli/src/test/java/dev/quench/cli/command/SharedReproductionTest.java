// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Several runs of the recipe in the folders of one table.
class SharedReproductionTest {
  private static final String GROUPED = "nin-gc, seed 5";
  private static final String BINARY = "w1a32, seed 5";
  private static final String WAITING = "waiting for another process: ";

  @TempDir private Path folder;
  private final CountDownLatch training = new CountDownLatch(1);
  private final CountDownLatch waiting = new CountDownLatch(1);
  private ReproductionData data;

  @BeforeEach
  void open() throws IOException {
    data =
        ReproductionData.open(
            DataSource.parse("idx:" + BundledFolder.in(folder)), OptionalInt.of(100));
  }

  /// One process, with what it has said.
  private final class Worker {
    private final ConcurrentLinkedQueue<String> notes = new ConcurrentLinkedQueue<>();
    private final ReproductionRecipe recipe;

    /// @param threads of training
    /// @param noted hears each note after it was said
    Worker(int threads, Consumer<String> noted) {
      recipe =
          new ReproductionRecipe(
              PublishedTable.named("micronet"),
              data,
              new ReproductionSettings(OptionalInt.of(1), threads, Compute.FP32),
              folder.resolve("work"),
              folder.resolve("out"),
              new RecipeListener() {
                @Override
                public void note(String line) {
                  notes.add(line);
                  noted.accept(line);
                }

                @Override
                public void result(String line) {}

                @Override
                public Progress progress() {
                  return Progress.NONE;
                }
              });
    }

    ReproducedTable run() throws IOException {
      return recipe.run(recipe.rows(List.of("w1a32")), List.of(5L));
    }

    List<String> begun() {
      return notes.stream().filter(note -> note.equals(GROUPED) || note.equals(BINARY)).toList();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// A worker that waits, once it trains, until another waits for it.
  private Worker holding(Runnable then) {
    return new Worker(
        1,
        note -> {
          if (note.equals(GROUPED)) {
            training.countDown();
            await(waiting);
            then.run();
          }
        });
  }

  /// A worker on another number of threads.
  private Worker coming() {
    return new Worker(
        2,
        note -> {
          if (note.equals(WAITING + BINARY)) {
            waiting.countDown();
          }
        });
  }

  /// Lets the second come while the first trains the network from which the other row starts.
  ///
  /// @return how the first ended
  private Future<ReproducedTable> runBoth(Worker first, Worker second) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<ReproducedTable> one = threads.submit(first::run);
      await(training);
      assertThat(threads.submit(second::run).get().row("w1a32").runs()).hasSize(1);
      return one;
    }
  }

  @Test
  @Timeout(120)
  void trainEachRowOnce() throws Exception {
    Worker first = holding(() -> {});
    Worker second = coming();

    assertThat(runBoth(first, second).get().row("w1a32").runs()).hasSize(1);

    assertThat(second.notes).startsWith(WAITING + GROUPED, WAITING + BINARY);
    assertThat(Stream.concat(first.begun().stream(), second.begun().stream()))
        .containsExactlyInAnyOrder(GROUPED, BINARY);
  }

  @Test
  @Timeout(120)
  void trainWhatAnotherHasGivenUp() throws Exception {
    Worker first =
        holding(() -> {
          throw new IllegalStateException("killed");
        });
    Worker second = coming();

    assertThatThrownBy(runBoth(first, second)::get)
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("killed");

    assertThat(second.begun()).containsExactly(GROUPED, BINARY);
  }

  /// A row starts from the network that the record names: found again whatever the number of
  /// threads, made again where its file has changed.
  @Test
  void startFromTheRecordedNetwork() throws IOException {
    Worker grouped = new Worker(1, _ -> {});
    grouped.recipe.run(grouped.recipe.rows(List.of("nin-gc")), List.of(5L));
    Worker other = new Worker(2, _ -> {});
    other.run();
    assertThat(other.begun()).containsExactly(BINARY);

    Files.delete(folder.resolve("out/micronet-fashion-mnist/w1a32-seed5.json"));
    try (Stream<Path> folders = Files.list(folder.resolve("work"))) {
      for (Path work : folders.filter(Files::isDirectory).toList()) {
        Files.write(work.resolve("model.onnx"), new byte[1], StandardOpenOption.APPEND);
      }
    }
    Worker again = new Worker(1, _ -> {});
    again.run();
    assertThat(again.begun()).containsExactly(GROUPED, BINARY);
  }
}
