// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.RangeSources;
import dev.quench.calibration.tensorrt.TensorRtCacheReport;
import dev.quench.cli.option.BatchSize;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.option.Preparation;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.graph.Model;
import dev.quench.run.dataset.Dataset;
import dev.quench.trt.build.Int8Calibration;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The ranges of an engine whose INT8 layers TensorRT chooses. Ranges are those of the prepared
/// model; it is the one to build.
final class ImplicitRanges {
  private static final int CALIBRATION_BATCH = 32;

  private final QuenchCommand command;
  private @Nullable TensorRtCacheReport found;

  ImplicitRanges(QuenchCommand command) {
    this.command = command;
  }

  /// TensorRT finds ranges on data, in full batches.
  Int8Calibration ofData(Model model, Dataset data) {
    int batch = BatchSize.suited(ModelFile.inputs(model), data.axes(), CALIBRATION_BATCH);
    Int8Calibration.Batches batches =
        new Int8Calibration.Batches(data, batch, Int8Calibration.Calibrator.ENTROPY);
    if (batches.leftOut() > 0) {
      command.note(
          "note: %d of the %d samples take no part in calibration: TensorRT takes full batches only, of %d here"
              .formatted(batches.leftOut(), data.size(), batch));
    }
    return batches;
  }

  /// The ranges of a table.
  ///
  /// @param model gets prepared
  /// @throws dev.quench.run.CalibrationException if it is of another model
  Int8Calibration ofTable(Model model, Path table) throws IOException {
    Preparation prepared = Preparation.forQuantization(model, command);
    return Int8Calibration.of(prepared.ranges(CalibrationTable.read(table)));
  }

  /// The ranges of a text cache, on the caller's word.
  ///
  /// @param model gets prepared
  /// @throws dev.quench.run.CalibrationException if a scale of a tensor of the model cannot be
  ///   meant
  /// @throws CommandException if it names none of them
  Int8Calibration ofCache(Model model, Path cache) throws IOException {
    Preparation.forQuantization(model, command);
    TensorRtCacheReport report =
        TensorRtCacheReport.read(
            cache, AllTensors.of(model), name -> RangeSources.of(model.graph(), name));
    CalibrationTable ranges = report.trusted();
    if (report.coverage().present().isEmpty()) {
      throw new CommandException(
          cache + " names no tensor of this model; it belongs to another one");
    }
    command.note(cache + ": " + report);
    if (!report.coverage().isComplete()) {
      command.note("  layers that read or make one that is missing stay in floating point");
    }
    found = report;
    return new Int8Calibration.Ranges(
        ranges, Int8Calibration.trusting(report.cache()).calibrator(), true);
  }

  /// What the cache covers, if one was read.
  void report(ObjectNode root) {
    if (found != null) {
      RangeOptions.report(root, found);
    }
  }
}
