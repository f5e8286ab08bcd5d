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
/// made of these files alone, after each run. Several processes may work at once, if both folders
/// are the same: a lock on each run keeps them from training one twice.
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
  /// from them, come last: it waits for the first of them to be finished or given up, and goes on
  /// from its files.
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
    List<PlannedRun> open = runFree(all, rows, failures);
    open.forEach(run -> listener.note("waiting for another process: " + run));
    while (!open.isEmpty()) {
      folder().await(open.getFirst());
      open = runFree(open, rows, failures);
    }
    if (!failures.isEmpty()) {
      throw new PipelineException(
          "%d of %d runs failed: %s"
              .formatted(failures.size(), all.size(), String.join("; ", failures)));
    }
    return writeTable();
  }

  /// Runs those that no other process holds.
  ///
  /// @param failures to which those that fail are added
  /// @return those that are held, and those that start from them
  private List<PlannedRun> runFree(List<PlannedRun> open, List<Row> rows, List<String> failures)
      throws IOException {
    List<PlannedRun> held = new ArrayList<>();
    for (PlannedRun run : open) {
      if (isDone(run, rows)) {
        listener.result(run + ": done before");
        continue;
      }
      Optional<FolderLock> lock =
          held.stream().anyMatch(run::startsFrom) ? Optional.empty() : folder().tryLock(run);
      if (lock.isEmpty()) {
        held.add(run);
        continue;
      }
      try (FolderLock _ = lock.get()) {
        run(run, rows);
      } catch (StoppedException e) {
        throw new StoppedException(run + ": " + e.getMessage() + "; run it again to go on");
      } catch (QuenchException e) {
        String failure = run + ": " + e.getMessage();
        listener.note("failed: " + failure);
        failures.add(failure);
      }
      writeTable();
    }
    return held;
  }

  private WorkFolder folder() {
    return new WorkFolder(table, work, data, settings);
  }

  /// Whether a run has its record and, where a row to be run starts from it, its model.
  private boolean isDone(PlannedRun run, List<Row> rows) throws IOException {
    Optional<RunRecord> record = done(run);
    return record.isPresent()
        && (!isStart(run, rows) || folder().model(run.row(), record.get()).isPresent());
  }

  /// Whether a row that is not done starts from this one's model.
  private boolean isStart(PlannedRun run, List<Row> rows) throws IOException {
    for (Row row : rows) {
      PlannedRun other = new PlannedRun(row, run.seed());
      if (other.startsFrom(run) && done(other).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /// The record of a run by this recipe on these data.
  private Optional<RunRecord> done(PlannedRun run) throws IOException {
    return files().read(run.row(), run.seed()).filter(record -> isOf(run.row(), record));
  }

  private boolean isOf(Row row, RunRecord record) {
    return record.recipe().equals(WorkFolder.recipe(table, row, data, settings))
        && record.trainingDigest().equals(data.training().digest())
        && record.testDigest().equals(data.test().digest());
  }

  private void run(PlannedRun run, List<Row> rows) throws IOException {
    if (isDone(run, rows)) {
      return; // another process has finished it meanwhile
    }
    Row row = run.row();
    Optional<RunRecord> before = files().read(row, run.seed());
    if (before.isPresent() && !isOf(row, before.get())) {
      throw new PipelineException(
          "%s is of another recipe or other data; name another folder for the results, or delete it"
              .formatted(files().file(row, run.seed())));
    }
    Optional<Start> start = start(run);
    Path folder = folder().of(run, start.map(Start::digest));
    listener.note(run.toString());
    RunRecord record =
        new RowRun(
                table, row, run.seed(), data, settings, folder, start.map(Start::model), listener)
            .run();
    files().write(row, record);
    listener.result(
        String.format(
            Locale.ROOT,
            "%s: top-1 %.2f %% after %d epochs; differences %s",
            run,
            record.top1(),
            record.epochs().size(),
            record.differences()));
  }

  /// The model that a run starts from.
  ///
  /// @param digest as in the record of its run
  private record Start(Path model, String digest) {}

  /// @return empty if the row starts from no other
  /// @throws PipelineException if the model is missing
  private Optional<Start> start(PlannedRun run) throws IOException {
    if (run.row().startsFrom().isEmpty()) {
      return Optional.empty();
    }
    Row other = table.row(run.row().startsFrom().get());
    Optional<RunRecord> record = done(new PlannedRun(other, run.seed()));
    Optional<Path> model =
        record.isEmpty() ? Optional.empty() : folder().model(other, record.get());
    if (model.isEmpty()) {
      throw new PipelineException(
          "it starts from row %s of the same seed, which has no finished run with its model under %s; run that row first"
              .formatted(other.name(), work));
    }
    return Optional.of(new Start(model.get(), record.orElseThrow().modelDigest()));
  }

  /// Makes the table of the files of finished runs. One process does so after another, so that the
  /// last one sees all runs.
  ///
  /// @throws IOException if a file cannot be read or written
  public ReproducedTable writeTable() throws IOException {
    Files.createDirectories(work);
    Files.createDirectories(results);
    try (FolderLock _ = FolderLock.take(work, name())) {
      ReproducedTable made = ReproducedTable.of(table, data.name(), files());
      AtomicFile.writeString(json(), TableJson.of(made));
      AtomicFile.writeString(markdown(), TableMarkdown.of(made));
      return made;
    }
  }
}
