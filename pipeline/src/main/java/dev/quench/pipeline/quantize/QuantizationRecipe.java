// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.quantize;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.TensorRtCacheReport;
import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.Sensitivity;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.calibrate.CachedRanges;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.pipeline.calibrate.CalibrationSettings;
import dev.quench.pipeline.calibrate.RangeSource;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Quantizes a model to INT8: prepares it, takes or finds its ranges, leaves layers float for a
/// bound on the loss, inserts Q/DQ, refines.
///
/// Set it up and run it in one thread.
public final class QuantizationRecipe {
  private final Model model;
  private final RangeSource source;
  private @Nullable PreparedModel prepared;
  private QdqOptions options = QdqOptions.DEFAULT;
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

  /// Which layers are quantized; the usual ones unless set.
  public QuantizationRecipe options(QdqOptions chosen) {
    options = chosen;
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
  /// @throws dev.quench.QuenchException if model and ranges do not fit, or nothing can be quantized
  /// @throws IOException if a file cannot be read
  public QuantizedModel run() throws IOException {
    Model original = source instanceof RangeSource.Cache ? model.copy() : model;
    PreparedModel ready = prepared == null ? PreparedModel.of(model) : prepared;
    ready.tell(listener);
    Optional<AccuracyKeeping> keeping =
        data == null || !policy.needsData()
            ? Optional.empty()
            : Optional.of(new AccuracyKeeping(policy, model, data, listener));
    keeping.ifPresent(AccuracyKeeping::equalize);
    QdqOptions wanted = options.withStrict(!(source instanceof RangeSource.Cache));
    Optional<TensorRtCacheReport> cache = Optional.empty();
    CalibrationTable ranges;
    switch (source) {
      case RangeSource.Known(CalibrationTable table) -> ranges = ready.ranges(table);
      case RangeSource.Table(var file) -> ranges = ready.ranges(CalibrationTable.read(file));
      case RangeSource.Cache from -> {
        CachedRanges cached = CachedRanges.read(from, original, ready, wanted, listener);
        ranges = cached.ranges();
        cache = Optional.of(cached.report());
      }
      case RangeSource.Data(Dataset found, CalibrationSettings settings) ->
          ranges =
              CalibrationRecipe.of(ready, found)
                  .settings(settings)
                  .listener(listener)
                  .run()
                  .table();
    }
    Optional<Sensitivity> sensitivity =
        keeping.isPresent() ? keeping.get().search(ranges, wanted) : Optional.empty();
    Model exact = policy.refines() ? model.copy() : model;
    QuantizationReport report =
        new InsertQdq(ranges, sensitivity.map(found -> without(wanted, found)).orElse(wanted))
            .apply(model);
    boolean holds = sensitivity.map(Sensitivity::reached).orElse(true);
    if (keeping.isPresent()) {
      holds &= keeping.get().refine(exact, model);
    }
    UncalibratedStamp.put(model, ranges);
    return new QuantizedModel(model, ranges, report, sensitivity, cache, holds);
  }

  private static QdqOptions without(QdqOptions options, Sensitivity found) {
    return options.withExcludedNodes(
        options.excludedNodes().and(NodeSelection.named(found.excludedNodes())));
  }
}
