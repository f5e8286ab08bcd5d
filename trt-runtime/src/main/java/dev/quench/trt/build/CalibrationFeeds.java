// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.calibration.tensorrt.TensorRtVersion;
import dev.quench.graph.Model;
import dev.quench.run.dataset.Dataset;
import dev.quench.trt.build.Int8Calibration.Calibrator;
import dev.quench.trt.internal.build.CalibrationFeed;

/// Makes the internal counterpart of an [Int8Calibration].
final class CalibrationFeeds {
  private CalibrationFeeds() {}

  /// @throws dev.quench.run.CalibrationException if ranges are not of this model
  static void require(Int8Calibration calibration, Model model) {
    if (calibration instanceof Int8Calibration.Ranges(var table, var _, boolean trusted)
        && !trusted) {
      table.requireModel(model);
    }
  }

  /// To be closed after the build.
  static CalibrationFeed open(Int8Calibration calibration) {
    return switch (calibration) {
      case Int8Calibration.Ranges(CalibrationTable table, Calibrator kind, boolean _) ->
          new RangeFeed(table, algorithm(kind));
      case Int8Calibration.Batches(Dataset data, int batchSize, Calibrator kind) ->
          new BatchFeed(data, batchSize, algorithm(kind));
    };
  }

  /// What decides the ranges, in one line, for the key of an engine.
  static String identity(Int8Calibration calibration) {
    return switch (calibration) {
      case Int8Calibration.Ranges(CalibrationTable table, Calibrator kind, boolean _) ->
          kind + " ranges " + cache(table, algorithm(kind), TensorRtVersion.BUNDLED).digest();
      case Int8Calibration.Batches(Dataset data, int batchSize, Calibrator kind) ->
          "%s data %s by %d".formatted(kind, data.digest(), batchSize);
    };
  }

  /// @throws dev.quench.run.CalibrationException if the table was measured on noise
  static TensorRtCache cache(
      CalibrationTable table, CalibrationFeed.Algorithm algorithm, TensorRtVersion version) {
    return TensorRtCache.of(
        table,
        version,
        switch (algorithm) {
          case ENTROPY_2 -> TensorRtCache.Algorithm.ENTROPY_2;
          case MIN_MAX -> TensorRtCache.Algorithm.MIN_MAX;
        });
  }

  private static CalibrationFeed.Algorithm algorithm(Calibrator kind) {
    return switch (kind) {
      case ENTROPY -> CalibrationFeed.Algorithm.ENTROPY_2;
      case MIN_MAX -> CalibrationFeed.Algorithm.MIN_MAX;
    };
  }
}
