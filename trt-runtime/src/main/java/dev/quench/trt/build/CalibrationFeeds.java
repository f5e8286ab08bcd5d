// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.calibration.tensorrt.TensorRtVersion;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.run.InputCheck;
import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.trt.build.Int8Calibration.Calibrator;
import dev.quench.trt.internal.build.CalibrationFeed;
import java.util.List;
import java.util.Set;

/// Makes the internal counterpart of an [Int8Calibration].
final class CalibrationFeeds {
  private CalibrationFeeds() {}

  /// @throws dev.quench.run.CalibrationException if the ranges belong to another model
  static void require(Int8Calibration calibration, Model model) {
    if (calibration instanceof Int8Calibration.Ranges(var table, var _, boolean trusted)
        && !trusted) {
      table.requireModel(model);
    }
  }

  /// To be closed after the build.
  ///
  /// @param graph of the model that is built
  /// @throws IllegalArgumentException if batches of data do not fit its inputs
  static CalibrationFeed open(Int8Calibration calibration, Graph graph) {
    return switch (calibration) {
      case Int8Calibration.Ranges(CalibrationTable table, Calibrator kind, boolean _) -> {
        CalibrationFeed.Algorithm algorithm = algorithm(kind);
        yield new RangeFeed(
            cache(table, algorithm, TensorRtVersion.BUNDLED).completedFor(graph), algorithm);
      }
      case Int8Calibration.Batches(Dataset data, int batchSize, Calibrator kind) ->
          new BatchFeed(data, batchSize, algorithm(kind), inputs(graph));
    };
  }

  /// What decides the ranges, in one line, for the key of an engine.
  ///
  /// @param graph of the model that is built
  static String identity(Int8Calibration calibration, Graph graph) {
    return switch (calibration) {
      case Int8Calibration.Ranges(CalibrationTable table, Calibrator kind, boolean _) ->
          kind
              + " ranges "
              + cache(table, algorithm(kind), TensorRtVersion.BUNDLED).completedFor(graph).digest();
      case Int8Calibration.Batches(Dataset data, int batchSize, Calibrator kind) ->
          "%s data %s by %d".formatted(kind, data.digest(), batchSize);
    };
  }

  /// What of the data takes no part, for people.
  static List<String> remarks(Int8Calibration calibration) {
    return calibration instanceof Int8Calibration.Batches batches && batches.leftOut() > 0
        ? List.of(
            "%d of the %d samples of %s take no part in calibration: TensorRT takes full batches only, of %d here"
                .formatted(
                    batches.leftOut(),
                    batches.data().size(),
                    batches.data().description(),
                    batches.batchSize()))
        : List.of();
  }

  /// @throws dev.quench.run.CalibrationException if the table was measured on noise
  private static TensorRtCache cache(
      CalibrationTable table, CalibrationFeed.Algorithm algorithm, TensorRtVersion version) {
    return TensorRtCache.of(
        table,
        version,
        switch (algorithm) {
          case ENTROPY_2 -> TensorRtCache.Algorithm.ENTROPY_2;
          case MIN_MAX -> TensorRtCache.Algorithm.MIN_MAX;
        });
  }

  private static InputCheck inputs(Graph graph) {
    return new InputCheck(
        graph.requiredInputs().stream()
            .map(input ->
                new TensorSpec(
                    input.name(),
                    input.dataType().orElse(DataType.FLOAT),
                    input.shape().orElse(Shape.SCALAR)))
            .toList(),
        Set.of());
  }

  private static CalibrationFeed.Algorithm algorithm(Calibrator kind) {
    return switch (kind) {
      case ENTROPY -> CalibrationFeed.Algorithm.ENTROPY_2;
      case MIN_MAX -> CalibrationFeed.Algorithm.MIN_MAX;
    };
  }
}
