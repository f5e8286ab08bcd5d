// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.QuenchException;
import dev.quench.io.AtomicFile;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.RecipeListener;
import dev.quench.run.StoppedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Trains the rows of a published table anew and writes what came of it.
///
/// Each finished run is one small file, so that nothing is trained twice; the table beside them is
/// made of these files alone, after each run. Not for two processes in one folder at once.
public final class ReproductionRecipe {
  private final PublishedTable table;
  private final ReproductionData data;
  private final ReproductionSettings settings;
  private final Path work;
  private final Path results;
  private final RecipeListener listener;

  /// @param work folder of checkpoints and models
  /// @param results folder of the table, and in a folder beside it of the runs
  public ReproductionRecipe(
      PublishedTable table,
      ReproductionData data,
      ReproductionSettings settings,
      Path work,
      Path results,
      RecipeListener listener) {
    this.table = table;
    this.data = data;
    this.settings = settings;
    this.work = work;
    this.results = results;
    this.listener = listener;
  }

  /// Where the table goes as JSON.
  public Path json() {
    return results.resolve(name() + ".json");
  }

  /// Where the table goes as Markdown.
  public Path markdown() {
    return results.resolve(name() + ".md");
  }

  private String name() {
    return table.name() + "-" + data.name();
  }

  private RunFiles files() {
    return new RunFiles(results.resolve(name()));
  }

  /// The rows of these names in the table's order, with those that they start from.
  ///
  /// @param names empty for all
  /// @throws dev.quench.pipeline.PipelineException if a name is unknown
  public List<Row> rows(List<String> names) {
    if (names.isEmpty()) {
      return table.rows();
    }
    List<Row> named = new ArrayList<>();
    for (String name : names) {
      Row row = table.row(name);
      named.add(row);
      row.startsFrom().map(table::row).ifPresent(named::add);
    }
    return table.rows().stream().filter(named::contains).toList();
  }

  /// Runs what is not done, seed by seed, and writes the table after each run. One that fails does
  /// not keep the others from running.
  ///
  /// @param rows in the table's order
  /// @throws PipelineException after all, naming the runs that failed and why
  /// @throws StoppedException if the process was asked to end
  /// @throws IOException if a file cannot be read or written
  public ReproducedTable run(List<Row> rows, List<Long> seeds) throws IOException {
    Files.createDirectories(work);
    Files.createDirectories(results);
    List<String> failures = new ArrayList<>();
    for (long seed : seeds) {
      for (Row row : rows) {
        try {
          run(row, seed, isStart(row, rows, seed));
        } catch (StoppedException e) {
          throw new StoppedException(
              "%s, seed %d: %s; run it again to go on".formatted(row.name(), seed, e.getMessage()));
        } catch (QuenchException e) {
          String failure = "%s, seed %d: %s".formatted(row.name(), seed, e.getMessage());
          listener.note("failed: " + failure);
          failures.add(failure);
        }
        writeTable();
      }
    }
    if (!failures.isEmpty()) {
      throw new PipelineException(
          "%d of %d runs failed: %s"
              .formatted(failures.size(), rows.size() * seeds.size(), String.join("; ", failures)));
    }
    return writeTable();
  }

  /// Whether a row that is not done starts from this one's model.
  private boolean isStart(Row row, List<Row> rows, long seed) throws IOException {
    for (Row other : rows) {
      if (other.startsFrom().equals(Optional.of(row.name())) && !isDone(other, seed)) {
        return true;
      }
    }
    return false;
  }

  private boolean isDone(Row row, long seed) throws IOException {
    Optional<RunRecord> before = files().read(row, seed);
    return before.isPresent()
        && before.get().recipe().equals(WorkFolder.recipe(table, row, data, settings))
        && before.get().trainingDigest().equals(data.training().digest())
        && before.get().testDigest().equals(data.test().digest());
  }

  /// @param isStart whether a row to be run starts from this one's model
  private void run(Row row, long seed, boolean isStart) throws IOException {
    Optional<RunRecord> before = files().read(row, seed);
    boolean done = isDone(row, seed);
    WorkFolder folder = new WorkFolder(table, work, data, settings);
    if (done && (!isStart || Files.exists(folder.model(row, seed)))) {
      listener.result("%s, seed %d: done before".formatted(row.name(), seed));
      return;
    }
    if (before.isPresent() && !done) {
      throw new PipelineException(
          "%s is of another recipe or other data; name another folder for the results, or delete it"
              .formatted(files().file(row, seed)));
    }
    listener.note("%s, seed %d".formatted(row.name(), seed));
    RunRecord run = new RowRun(table, row, seed, data, settings, folder, listener).run();
    files().write(row, run);
    listener.result(
        String.format(
            Locale.ROOT,
            "%s, seed %d: top-1 %.2f %% after %d epochs; differences %s",
            row.name(),
            seed,
            run.top1(),
            run.epochs().size(),
            run.differences()));
  }

  /// Makes the table of the files of finished runs.
  ///
  /// @throws IOException if a file cannot be read or written
  public ReproducedTable writeTable() throws IOException {
    Files.createDirectories(results);
    ReproducedTable made = ReproducedTable.of(table, data.name(), files());
    AtomicFile.writeString(json(), TableJson.of(made));
    AtomicFile.writeString(markdown(), TableMarkdown.of(made));
    return made;
  }
}
