// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.digest.Sha256;
import dev.quench.run.dataset.Dataset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Where checkpoints and models of the runs are. What is trained by another recipe or on other data
/// has another folder, so that no run goes on from what it did not begin.
///
/// @param root of all
record WorkFolder(
    PublishedTable table, Path root, ReproductionData data, ReproductionSettings settings) {
  static final int WARM_UP = 200;
  private static final int MOST_VALIDATION = 5000;
  private static final int VALIDATION_SHARE = 10;
  private static final int DIGITS = 8;

  /// The folder of one run, which need not exist.
  Path of(Row row, long seed) {
    String identity =
        recipe(table, row, data, settings)
            + data.training().digest()
            + settings.threads()
            + settings.compute();
    String digest = Sha256.hex(identity.getBytes(StandardCharsets.UTF_8)).substring(0, DIGITS);
    return root.resolve("%s-seed%d-%s".formatted(row.name(), seed, digest));
  }

  /// The exported model of one run.
  Path model(Row row, long seed) {
    return of(row, seed).resolve("model.onnx");
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
