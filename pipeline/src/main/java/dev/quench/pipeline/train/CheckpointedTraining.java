// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.train;

import dev.quench.compress.train.Trainer;
import dev.quench.compress.train.run.Checkpoint;
import dev.quench.compress.train.run.EpochReport;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.graph.Model;
import dev.quench.io.AtomicFile;
import dev.quench.io.RegularFile;
import dev.quench.pipeline.RecipeListener;
import dev.quench.run.Progress;
import dev.quench.run.dataset.Dataset;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// Trains and keeps the whole state in a file after each epoch; where that file exists, goes on
/// from it to the same result.
public final class CheckpointedTraining {
  private final TrainingOptions options;
  private final Path checkpoint;
  private final RecipeListener listener;
  private final Runnable afterEpoch;

  /// @param checkpoint read if it exists, and replaced after each epoch
  /// @param listener hears of each epoch
  /// @param afterEpoch called once the checkpoint of an epoch is written
  public CheckpointedTraining(
      TrainingOptions options, Path checkpoint, RecipeListener listener, Runnable afterEpoch) {
    this.options = options;
    this.checkpoint = checkpoint;
    this.listener = listener;
    this.afterEpoch = afterEpoch;
  }

  /// Trains, or goes on.
  ///
  /// @param model not edited; on going on the same as at first
  /// @throws dev.quench.compress.train.run.TrainingException if the checkpoint belongs to another
  ///   run, or training diverges
  /// @throws IOException if the data or the checkpoint cannot be read or written
  public TrainingResult run(Model model, Dataset data) throws IOException {
    Trainer trainer = new Trainer(options, new Listener());
    try {
      return Files.exists(checkpoint)
          ? trainer.resume(model, data, read())
          : trainer.train(model, data);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private Checkpoint read() throws IOException {
    try (InputStream in = new BufferedInputStream(RegularFile.open(checkpoint))) {
      return Checkpoint.read(in);
    }
  }

  private final class Listener implements TrainingListener {
    private final Progress progress = listener.progress();

    @Override
    public Progress progress() {
      return progress;
    }

    @Override
    public void epoch(EpochReport report, CheckpointSource source) {
      try {
        AtomicFile.write(checkpoint, source.take()::write);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      String held =
          report.validationAccuracy().isPresent()
              ? String.format(
                  Locale.ROOT,
                  ", validation %.2f %%",
                  100 * report.validationAccuracy().getAsDouble())
              : "";
      listener.note(
          String.format(
              Locale.ROOT,
              "epoch %d of %d: loss %.4f, training %.2f %%%s, %.0f s",
              report.epoch(),
              options.epochs(),
              report.loss(),
              100 * report.trainingAccuracy(),
              held,
              report.seconds()));
      afterEpoch.run();
    }
  }
}
