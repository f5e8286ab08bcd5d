// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.calibrate;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.MethodSelection;
import dev.quench.calibration.RangeScore;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.pipeline.ModelInputs;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.RecipeListener;
import dev.quench.report.MetricScore;
import dev.quench.run.Backends;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds the ranges of a model's tensors on data, once: keeps a table that says the same already,
/// goes on where an earlier run was interrupted, vouches for the TensorRT cache that it writes.
///
/// Set it up and run it in one thread.
public final class CalibrationRecipe {
  private static final int SCORE_BATCH = 64;

  private final Model model;
  private final Set<String> tensors;
  private final Dataset data;
  private CalibrationSettings settings = CalibrationSettings.DEFAULT;
  private Shard shard = Shard.WHOLE;
  private CalibrationFiles files = CalibrationFiles.NONE;
  private @Nullable RangeScore score;
  private @Nullable RangeMeasurement elsewhere;
  private RecipeListener listener = RecipeListener.SILENT;

  private CalibrationRecipe(Model model, Set<String> tensors, Dataset data) {
    this.model = model;
    this.tensors = tensors;
    this.data = data;
  }

  /// Finds the ranges that quantization needs.
  ///
  /// @throws PipelineException with the reasons, if nothing in the model can be quantized
  public static CalibrationRecipe of(PreparedModel model, Dataset data) {
    return new CalibrationRecipe(model.model(), model.tensors(), data);
  }

  /// Finds the range of every activation: what a lowered precision must hold.
  ///
  /// @param model as it is, not prepared; not modified
  /// @throws PipelineException if it computes nothing in floating point
  public static CalibrationRecipe ofAllTensors(Model model, Dataset data) {
    return new CalibrationRecipe(model, AllTensors.of(model), data);
  }

  /// How ranges are found.
  public CalibrationRecipe settings(CalibrationSettings chosen) {
    settings = chosen;
    return this;
  }

  /// How thresholds are chosen; entropy unless set.
  public CalibrationRecipe method(RangeMethod method) {
    settings = settings.withMethod(method);
    return this;
  }

  /// Calibrates on one of several parts of the data.
  public CalibrationRecipe shard(Shard part) {
    shard = part;
    return this;
  }

  /// Where the results go; nowhere unless set.
  public CalibrationRecipe writing(CalibrationFiles chosen) {
    files = chosen;
    return this;
  }

  /// Tries all methods on the same histograms and keeps the one with which the quantized model
  /// scores best on the data.
  ///
  /// @param chosen its first score counts
  public CalibrationRecipe scoredBy(Metric chosen) {
    MetricScore metric =
        new MetricScore(
            Backends.named("onnxruntime"),
            data,
            ModelInputs.of(model).batchSize(data.axes(), SCORE_BATCH),
            chosen);
    return scoredBy(ranges -> {
      Model quantized = model.copy();
      new InsertQdq(ranges, QdqOptions.DEFAULT).apply(quantized);
      return metric.of(quantized);
    });
  }

  /// As [#scoredBy(Metric)], by any score.
  public CalibrationRecipe scoredBy(RangeScore chosen) {
    score = chosen;
    return this;
  }

  /// Measures the ranges elsewhere, such as on a cluster; without checkpoint and shards.
  public CalibrationRecipe measuredBy(RangeMeasurement measurement) {
    elsewhere = measurement;
    return this;
  }

  /// Hears what is done.
  public CalibrationRecipe listener(RecipeListener chosen) {
    listener = chosen;
    return this;
  }

  /// Finds the ranges, or reuses a table that says the same.
  ///
  /// @throws dev.quench.QuenchException if data and model do not fit, or a file that lies where the
  ///   table goes is damaged
  /// @throws IOException if a file cannot be read or written
  public CalibrationResult run() throws IOException {
    Optional<CalibrationTable> known = known();
    if (known.isPresent()) {
      Optional<MethodSelection> selection = select(known.get());
      CalibrationTable chosen = selection.map(MethodSelection::table).orElse(known.get());
      return new CalibrationResult(files.writeAgain(chosen), true, selection);
    }
    listener.detail(
        "ranges of %d tensors by %s, on %d samples: %s"
            .formatted(
                tensors.size(), settings.method().spelling(), data.size(), data.description()));
    if (elsewhere != null) {
      CalibrationTable found =
          elsewhere.measure(
              model, tensors, settings, data.preprocessing().orElse(""), listener.progress());
      return new CalibrationResult(files.write(found), false, Optional.empty());
    }
    Calibrator calibrator =
        settings.calibrator(model, data, listener.progress()).shard(shard.index(), shard.count());
    Optional<Path> checkpoint = files.checkpoint();
    if (checkpoint.isPresent()) {
      if (Files.exists(checkpoint.get())) {
        listener.note("resuming where the last run was interrupted: " + checkpoint.get());
      }
      calibrator.checkpoint(checkpoint.get());
    }
    CalibrationTable found = calibrator.calibrate(model, tensors, data);
    Optional<MethodSelection> selection = select(found);
    CalibrationTable written = files.write(selection.map(MethodSelection::table).orElse(found));
    if (checkpoint.isPresent()) {
      Files.deleteIfExists(checkpoint.get());
    }
    return new CalibrationResult(written, false, selection);
  }

  /// The table that lies where this one would go, if it says the same, or its histograms do.
  private Optional<CalibrationTable> known() throws IOException {
    if (files.table().isEmpty()) {
      return Optional.empty();
    }
    Path table = files.table().get();
    TableReuse reuse =
        new TableReuse(ModelDigest.of(model), tensors, settings.method(), data, shard);
    return switch (reuse.look(table)) {
      case TableReuse.Finding.Valid(CalibrationTable valid) when score == null -> {
        if (files.holdHistograms()) {
          listener.note(table + " is valid: same model, data and method; nothing to compute");
          yield Optional.of(files.histograms() ? CalibrationFiles.read(table) : valid);
        }
        listener.note("the histograms are missing; calibrating again");
        yield Optional.empty();
      }
      case TableReuse.Finding.Valid _ -> withHistograms(table, "the scores are not in " + table);
      case TableReuse.Finding.OtherMethod(String method) ->
          withHistograms(table, table + " was made by method " + method);
      case TableReuse.Finding.Other(String difference) -> {
        listener.note(table + " was made from " + difference + "; calibrating again");
        yield Optional.empty();
      }
      case TableReuse.Finding.None() -> Optional.empty();
    };
  }

  /// @param reason why the table itself does not serve
  private Optional<CalibrationTable> withHistograms(Path table, String reason) throws IOException {
    if (!files.histograms() || !files.holdHistograms()) {
      listener.note(reason + "; calibrating again");
      return Optional.empty();
    }
    listener.note(reason + "; its histograms are valid, so the data are not read again");
    return Optional.of(CalibrationFiles.read(table).reestimated(settings.method()));
  }

  private Optional<MethodSelection> select(CalibrationTable found) throws IOException {
    return score == null
        ? Optional.empty()
        : Optional.of(
            MethodSelection.of(found, MethodSelection.CANDIDATES, score, listener.progress()));
  }
}
