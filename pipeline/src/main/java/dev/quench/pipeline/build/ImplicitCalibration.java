// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.build;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.RangeSources;
import dev.quench.calibration.tensorrt.TensorRtCacheReport;
import dev.quench.graph.Model;
import dev.quench.pipeline.ModelInputs;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.calibrate.AllTensors;
import dev.quench.pipeline.calibrate.CachedRanges;
import dev.quench.pipeline.calibrate.CalibrationSettings;
import dev.quench.pipeline.calibrate.RangeSource;
import dev.quench.run.dataset.Dataset;
import dev.quench.trt.build.Int8Calibration;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// The ranges of an engine whose INT8 layers TensorRT chooses.
///
/// @param cache what the TensorRT cache covers, where ranges come from one
record ImplicitCalibration(Int8Calibration calibration, Optional<TensorRtCacheReport> cache) {
  private static final int CALIBRATION_BATCH = 32;

  /// @param model gets prepared where its ranges were found before: they are those of the prepared
  ///   model
  /// @throws PipelineException if a cache names no tensor of the model
  /// @throws dev.quench.run.CalibrationException if a table belongs to another model, or a scale of
  ///   a cache cannot be meant
  static ImplicitCalibration of(Model model, RangeSource source, RecipeListener listener)
      throws IOException {
    return switch (source) {
      case RangeSource.Known(CalibrationTable table) -> ofTable(model, table, listener);
      case RangeSource.Table(Path file) -> ofTable(model, CalibrationTable.read(file), listener);
      case RangeSource.Cache cache -> ofCache(model, cache.file(), listener);
      case RangeSource.Data(Dataset data, CalibrationSettings _) -> ofData(model, data, listener);
      case RangeSource.None() ->
          throw new PipelineException(
              "TensorRT's own INT8 needs ranges: give a calibration table, a cache or data");
    };
  }

  /// TensorRT finds ranges on data, in full batches.
  private static ImplicitCalibration ofData(Model model, Dataset data, RecipeListener listener) {
    int batch = ModelInputs.of(model).batchSize(data.axes(), CALIBRATION_BATCH);
    Int8Calibration.Batches batches =
        new Int8Calibration.Batches(data, batch, Int8Calibration.Calibrator.ENTROPY);
    if (batches.leftOut() > 0) {
      listener.note(
          "note: %d of the %d samples take no part in calibration: TensorRT takes full batches only, of %d here"
              .formatted(batches.leftOut(), data.size(), batch));
    }
    return new ImplicitCalibration(batches, Optional.empty());
  }

  private static ImplicitCalibration ofTable(
      Model model, CalibrationTable table, RecipeListener listener) {
    PreparedModel prepared = PreparedModel.of(model);
    prepared.tell(listener);
    return new ImplicitCalibration(Int8Calibration.of(prepared.ranges(table)), Optional.empty());
  }

  /// On the caller's word.
  private static ImplicitCalibration ofCache(Model model, Path file, RecipeListener listener)
      throws IOException {
    PreparedModel.of(model).tell(listener);
    TensorRtCacheReport report =
        TensorRtCacheReport.read(
            file, AllTensors.of(model), name -> RangeSources.of(model.graph(), name));
    CalibrationTable ranges = report.trusted();
    CachedRanges.requireAny(file, report);
    listener.note(file + ": " + report);
    if (!report.coverage().isComplete()) {
      listener.note("  layers that read or make one that is missing stay in floating point");
    }
    return new ImplicitCalibration(
        new Int8Calibration.Ranges(
            ranges, Int8Calibration.trusting(report.cache()).calibrator(), true),
        Optional.of(report));
  }
}
