// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.train;

import dev.quench.compress.train.Trainer;
import dev.quench.compress.train.run.Checkpoint;
import dev.quench.compress.train.run.EpochReport;
import dev.quench.compress.train.run.TrainingException;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.graph.Model;
import dev.quench.io.AtomicFile;
import dev.quench.io.RegularFile;
import dev.quench.pipeline.RecipeListener;
import dev.quench.run.Progress;
import dev.quench.run.StoppedException;
import dev.quench.run.dataset.Dataset;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Trains, says after each epoch how far it is and, given a file, keeps the whole state there;
/// where that file exists, goes on from it to the same result.
public final class CheckpointedTraining {
  private final TrainingOptions options;
  private final Optional<Path> checkpoint;
  private final RecipeListener listener;
  private int finished;
  private Runnable afterEpoch = () -> {};
  private UnaryOperator<Trainer> preparation = UnaryOperator.identity();

  /// @param checkpoint read if it exists, and replaced after each epoch
  /// @param listener hears of each epoch
  public CheckpointedTraining(
      TrainingOptions options, Optional<Path> checkpoint, RecipeListener listener) {
    this.options = options;
    this.checkpoint = checkpoint;
    this.listener = listener;
  }

  /// Calls this once the checkpoint of an epoch is written.
  public CheckpointedTraining afterEpoch(Runnable chosen) {
    afterEpoch = chosen;
    return this;
  }

  /// Gives the trainer what it needs besides, such as a teacher.
  public CheckpointedTraining prepared(UnaryOperator<Trainer> chosen) {
    preparation = chosen;
    return this;
  }

  /// Trains, or goes on.
  ///
  /// @param model not edited; on going on the same as at first
  /// @throws dev.quench.compress.train.run.TrainingException if the checkpoint belongs to another
  ///   run, or training diverges
  /// @throws StoppedException if the process was asked to end; says what is kept
  /// @throws IOException if the data or the checkpoint cannot be read or written
  public TrainingResult run(Model model, Dataset data) throws IOException {
    Trainer trainer = preparation.apply(new Trainer(options, new Listener()));
    Optional<Path> state = checkpoint.filter(Files::exists);
    try {
      return state.isPresent()
          ? trainer.resume(model, data, read(state.get()))
          : trainer.train(model, data);
    } catch (StoppedException e) {
      throw new StoppedException(e.getMessage() + "; " + kept());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private String kept() {
    if (checkpoint.isEmpty()) {
      return "training is lost; name a file for checkpoints to keep it";
    }
    return finished == 0
        ? "training is lost, since it stopped before the end of the first epoch"
        : "%s keeps the %d finished epoch%s"
            .formatted(checkpoint.get(), finished, finished == 1 ? "" : "s");
  }

  private Checkpoint read(Path state) throws IOException {
    try (InputStream in = new BufferedInputStream(RegularFile.open(state))) {
      Checkpoint read = Checkpoint.read(in);
      finished = read.epochs().size();
      return read;
    } catch (TrainingException e) {
      throw new TrainingException(state + ": " + e.getMessage());
    }
  }

  /// In seconds, or in minutes from one and a half on.
  public static String duration(double seconds) {
    return seconds < 90
        ? String.format(Locale.ROOT, "%.0f s", seconds)
        : String.format(Locale.ROOT, "%d min %02d s", (long) seconds / 60, (long) seconds % 60);
  }

  private final class Listener implements TrainingListener {
    private final Progress progress = listener.progress();

    @Override
    public Progress progress() {
      return progress;
    }

    @Override
    public void epoch(EpochReport report, CheckpointSource source) {
      checkpoint.ifPresent(file -> {
        try {
          AtomicFile.write(file, source.take()::write);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
      finished = report.epoch();
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
              "epoch %d of %d: loss %.4f, training %.2f %%%s, %s; %s left",
              report.epoch(),
              options.epochs(),
              report.loss(),
              100 * report.trainingAccuracy(),
              held,
              duration(report.seconds()),
              duration((options.epochs() - report.epoch()) * report.seconds())));
      afterEpoch.run();
    }
  }
}
