// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.digest.Sha256;
import dev.quench.io.FolderLock;
import dev.quench.io.RegularFile;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Where checkpoints and models of the runs are. What is trained by another recipe, on other data
/// or from another network has another folder, so that no run goes on from what it did not begin.
///
/// @param root of all
record WorkFolder(
    PublishedTable table, Path root, ReproductionData data, ReproductionSettings settings) {
  static final int WARM_UP = 200;
  private static final int MOST_VALIDATION = 5000;
  private static final int VALIDATION_SHARE = 10;
  private static final int DIGITS = 8;

  /// The file in the folder of a run to which it exports its model.
  static final String MODEL = "model.onnx";

  /// Lets one process work on a run at a time, whatever its number of threads and compute, as all
  /// write one record; empty if another does.
  Optional<FolderLock> tryLock(PlannedRun run) throws IOException {
    return FolderLock.tryTake(root, lock(run));
  }

  /// Waits until no other process works on a run.
  void await(PlannedRun run) throws IOException {
    FolderLock.take(root, lock(run)).close();
  }

  private String lock(PlannedRun run) {
    return name(run, recipe(table, run.row(), data, settings) + data.training().digest());
  }

  /// The folder of one run, which need not exist.
  ///
  /// @param start SHA-256 of the model that the row starts from; empty if there is none
  Path of(PlannedRun run, Optional<String> start) {
    String identity =
        recipe(table, run.row(), data, settings)
            + data.training().digest()
            + settings.threads()
            + settings.compute()
            + start.orElse("");
    return root.resolve(name(run, identity));
  }

  private static String name(PlannedRun run, String identity) {
    String digest = Sha256.hex(identity.getBytes(StandardCharsets.UTF_8)).substring(0, DIGITS);
    return prefix(run.row(), run.seed()) + digest;
  }

  private static String prefix(Row row, long seed) {
    return "%s-seed%d-".formatted(row.name(), seed);
  }

  /// The model that a finished run exported, whichever number of threads and compute it had; empty
  /// if it was deleted or changed.
  Optional<Path> model(Row row, RunRecord run) throws IOException {
    List<Path> models;
    try (Stream<Path> folders = Files.list(root)) {
      models =
          folders
              .filter(path -> path.getFileName().toString().startsWith(prefix(row, run.seed())))
              .map(path -> path.resolve(MODEL))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
    }
    for (Path model : models) {
      if (RegularFile.sha256(model).equals(run.modelDigest())) {
        return Optional.of(model);
      }
    }
    return Optional.empty();
  }

  /// How the row is trained; two runs of one text, data and seed give the same network but for
  /// rounding.
  static String recipe(
      PublishedTable table, Row row, ReproductionData data, ReproductionSettings settings) {
    String start =
        row.startsFrom()
            .map(other -> "(" + recipe(table, table.row(other), data, settings) + ") ")
            .orElse("");
    return start
        + Stream.concat(Stream.of(row.start()), row.steps().stream().map(settings::applied))
            .map(String::valueOf)
            .collect(Collectors.joining("; "))
        + "; batches of %d, shift-flip, cosine after %d steps, %d samples held back, last epoch"
            .formatted(TrainingOptions.FLOAT.batchSize(), WARM_UP, validation(data.training()));
  }

  /// How many training samples are held back.
  static int validation(Dataset training) {
    return (int) Math.min(MOST_VALIDATION, training.size() / VALIDATION_SHARE);
  }
}
