// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.quantize;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.TensorRtCacheReport;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.Sensitivity;
import dev.quench.graph.Model;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.NothingToQuantize;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.calibrate.CachedRanges;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.pipeline.calibrate.CalibrationSettings;
import dev.quench.pipeline.calibrate.RangeSource;
import dev.quench.run.QuantizationRanges;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// Quantizes a model to INT8: prepares it, takes or finds its ranges, leaves layers float for a
/// bound on the loss, inserts Q/DQ, refines.
///
/// Set it up and run it in one thread.
public final class QuantizationRecipe {
  private final Model model;
  private final RangeSource source;
  private @Nullable PreparedModel prepared;
  private QuantizedForm form = QuantizedForm.TENSORRT;
  private AccuracyPolicy policy = AccuracyPolicy.NONE;
  private @Nullable Dataset data;
  private RecipeListener listener = RecipeListener.SILENT;

  private QuantizationRecipe(Model model, RangeSource source) {
    this.model = model;
    this.source = source;
    if (source instanceof RangeSource.Data(Dataset found, CalibrationSettings _)) {
      this.data = found;
    }
  }

  /// @param model as it was read; prepared and quantized in place
  public static QuantizationRecipe of(Model model, RangeSource source) {
    return new QuantizationRecipe(model, source);
  }

  /// @param model quantized in place
  /// @param table of that model
  public static QuantizationRecipe of(PreparedModel model, CalibrationTable table) {
    QuantizationRecipe recipe = new QuantizationRecipe(model.model(), new RangeSource.Known(table));
    recipe.prepared = model;
    return recipe;
  }

  /// For which runtime, and which layers; TensorRT's form of the usual layers unless set.
  public QuantizationRecipe form(QuantizedForm chosen) {
    form = chosen;
    return this;
  }

  /// Keeps the accuracy.
  ///
  /// @param samples that it is judged on
  public QuantizationRecipe keeping(AccuracyPolicy chosen, Dataset samples) {
    policy = chosen;
    data = samples;
    return this;
  }

  /// Hears what is done.
  public QuantizationRecipe listener(RecipeListener chosen) {
    listener = chosen;
    return this;
  }

  /// Quantizes. Where a cache lacks ranges, what needs them stays float, as in TensorRT itself. A
  /// model whose ranges were found on random data says so in its metadata.
  ///
  /// @throws CheckFailedException if a cache covers too few tensors
  /// @throws PipelineException if the form of another runtime than TensorRT is to be made from a
  ///   TensorRT cache, a form that needs ranges without any, or a form without ranges is to keep a
  ///   bound
  /// @throws dev.quench.QuenchException if model and ranges do not fit, or nothing can be quantized
  /// @throws IOException if a file cannot be read
  public QuantizedModel run() throws IOException {
    requireSupported();
    Model original = source instanceof RangeSource.Cache ? model.copy() : model;
    PreparedModel ready = prepared == null ? PreparedModel.of(model) : prepared;
    ready.tell(listener);
    Optional<AccuracyKeeping> keeping =
        data == null || !policy.needsData()
            ? Optional.empty()
            : Optional.of(new AccuracyKeeping(policy, model, data, listener));
    keeping.ifPresent(AccuracyKeeping::equalize);
    keeping.ifPresent(AccuracyKeeping::smooth);
    boolean strict = !(source instanceof RangeSource.Cache);
    QuantizedForm wanted =
        form instanceof QuantizedForm.TensorRt(QdqOptions given)
            ? new QuantizedForm.TensorRt(given.withStrict(strict))
            : form;
    Optional<TensorRtCacheReport> cache = Optional.empty();
    Optional<CalibrationTable> ranges;
    switch (source) {
      case RangeSource.None() -> ranges = Optional.empty();
      case RangeSource.Known(CalibrationTable table) -> ranges = Optional.of(ready.ranges(table));
      case RangeSource.Table(var file) ->
          ranges = Optional.of(ready.ranges(CalibrationTable.read(file)));
      case RangeSource.Cache from -> {
        QdqOptions options = ((QuantizedForm.TensorRt) wanted).options();
        CachedRanges cached = CachedRanges.read(from, original, ready, options, listener);
        ranges = Optional.of(cached.ranges());
        cache = Optional.of(cached.report());
      }
      case RangeSource.Data(Dataset found, CalibrationSettings settings) -> {
        if (form instanceof QuantizedForm.TensorRt) {
          NothingToQuantize.check(model, form.tensors(model));
        }
        ranges =
            Optional.of(
                CalibrationRecipe.of(ready, found)
                    .settings(settings)
                    .listener(listener)
                    .run()
                    .table());
      }
    }
    QuantizationRanges known =
        ranges.<QuantizationRanges>map(table -> table).orElse(_ -> OptionalDouble.empty());
    Optional<Sensitivity> sensitivity =
        keeping.isPresent()
            ? keeping.get().search(known, wanted.scheme().orElseThrow())
            : Optional.empty();
    Model exact = policy.refines() ? model.copy() : model;
    QuantizedForm chosen =
        sensitivity.map(found -> wanted.excluding(found.excludedNodes())).orElse(wanted);
    QuantizationReport report = chosen.insert(known, model);
    // A quantized model passes TensorRT's form unchanged, one that lacks ranges as it is; what was
    // prepared before is the caller's to judge.
    boolean passes =
        form instanceof QuantizedForm.TensorRt
            && (prepared != null
                || source instanceof RangeSource.Cache
                || !report.notes().isEmpty());
    if (report.layers().isEmpty() && sensitivity.isEmpty() && !passes) {
      throw NothingToQuantize.because(report);
    }
    boolean holds = sensitivity.map(Sensitivity::reached).orElse(true);
    if (keeping.isPresent()) {
      holds &= keeping.get().refine(exact, model);
    }
    ranges.ifPresent(table -> UncalibratedStamp.put(model, table));
    return new QuantizedModel(model, ranges, report, sensitivity, cache, holds);
  }

  private void requireSupported() {
    if (form.scheme().isPresent() && source instanceof RangeSource.None) {
      throw new PipelineException(
          "the form for %s needs ranges; give a calibration table or data"
              .formatted(form.target()));
    }
    if (!form.scheme().isPresent() && policy.needsData()) {
      throw new PipelineException(
          "bounds, equalization and refinement go with calibrated ranges, which the form of %s has not"
              .formatted(form));
    }
    if (form instanceof QuantizedForm.TensorRt) {
      return;
    }
    if (source instanceof RangeSource.Cache) {
      throw new PipelineException(
          "a TensorRT cache lacks the outputs of layers, which the form for "
              + form.target()
              + " quantizes too; take the ranges from a calibration table or data");
    }
  }
}
