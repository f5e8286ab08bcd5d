// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.QuenchException;
import dev.quench.io.AtomicFile;
import dev.quench.io.FolderLock;
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
/// made of these files alone, after each run. Several processes may work in the same folders: a
/// lock on each run keeps them from training one twice.
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
  /// not keep the others from running. Runs on which another process works, and those that start
  /// from them, come last; once it has finished or ended, the rest goes on from its files.
  ///
  /// @param rows in the table's order
  /// @throws PipelineException after all, naming the runs that failed and why
  /// @throws StoppedException if the process was asked to end
  /// @throws IOException if a file cannot be read or written
  public ReproducedTable run(List<Row> rows, List<Long> seeds) throws IOException {
    Files.createDirectories(work);
    Files.createDirectories(results);
    List<PlannedRun> all =
        seeds.stream()
            .flatMap(seed -> rows.stream().map(row -> new PlannedRun(row, seed)))
            .toList();
    List<String> failures = new ArrayList<>();
    List<PlannedRun> open = all;
    while (!open.isEmpty()) {
      open = runFree(open, rows, failures);
      if (!open.isEmpty()) {
        await(open.getFirst());
      }
    }
    if (!failures.isEmpty()) {
      throw new PipelineException(
          "%d of %d runs failed: %s"
              .formatted(failures.size(), all.size(), String.join("; ", failures)));
    }
    return updateTable();
  }

  /// Runs those that no other process holds.
  ///
  /// @param failures to which those that fail are added
  /// @return those that are held, and those that start from them
  private List<PlannedRun> runFree(List<PlannedRun> open, List<Row> rows, List<String> failures)
      throws IOException {
    List<PlannedRun> held = new ArrayList<>();
    for (PlannedRun run : open) {
      Optional<FolderLock> lock =
          held.stream().anyMatch(run::startsFrom)
              ? Optional.empty()
              : folder().tryLock(run.row(), run.seed());
      if (lock.isEmpty()) {
        held.add(run);
        continue;
      }
      try (FolderLock _ = lock.get()) {
        run(run, isStart(run, rows));
      } catch (StoppedException e) {
        throw new StoppedException(run + ": " + e.getMessage() + "; run it again to go on");
      } catch (QuenchException e) {
        String failure = run + ": " + e.getMessage();
        listener.note("failed: " + failure);
        failures.add(failure);
      }
      updateTable();
    }
    return held;
  }

  private void await(PlannedRun run) throws IOException {
    listener.note("waiting for the process that trains " + run);
    folder().lock(run.row(), run.seed()).close();
  }

  private WorkFolder folder() {
    return new WorkFolder(table, work, data, settings);
  }

  /// Whether a row that is not done starts from this one's model.
  private boolean isStart(PlannedRun run, List<Row> rows) throws IOException {
    for (Row other : rows) {
      if (new PlannedRun(other, run.seed()).startsFrom(run) && !isDone(other, run.seed())) {
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
  private void run(PlannedRun planned, boolean isStart) throws IOException {
    Row row = planned.row();
    long seed = planned.seed();
    Optional<RunRecord> before = files().read(row, seed);
    boolean done = isDone(row, seed);
    if (done && (!isStart || folder().model(row, before.orElseThrow()).isPresent())) {
      listener.result(planned + ": done before");
      return;
    }
    if (before.isPresent() && !done) {
      throw new PipelineException(
          "%s is of another recipe or other data; name another folder for the results, or delete it"
              .formatted(files().file(row, seed)));
    }
    listener.note(planned.toString());
    RunRecord run =
        new RowRun(table, row, seed, data, settings, folder(), start(row, seed), listener).run();
    files().write(row, run);
    listener.result(
        String.format(
            Locale.ROOT,
            "%s: top-1 %.2f %% after %d epochs; differences %s",
            planned,
            run.top1(),
            run.epochs().size(),
            run.differences()));
  }

  /// The model of the finished run that this row starts from.
  private Optional<Path> start(Row row, long seed) throws IOException {
    if (row.startsFrom().isEmpty()) {
      return Optional.empty();
    }
    Row other = table.row(row.startsFrom().get());
    return isDone(other, seed)
        ? folder().model(other, files().read(other, seed).orElseThrow())
        : Optional.empty();
  }

  /// As [#writeTable], one process after another, so that the last one sees all runs.
  private ReproducedTable updateTable() throws IOException {
    try (FolderLock _ = FolderLock.take(work, name())) {
      return writeTable();
    }
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
