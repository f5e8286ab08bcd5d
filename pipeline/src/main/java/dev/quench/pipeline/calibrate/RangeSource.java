// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.calibrate;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.run.dataset.Dataset;
import java.nio.file.Path;
import java.util.Optional;

/// Where ranges come from.
public sealed interface RangeSource {
  /// The usual share of the tensors that a cache must have a scale for.
  double USUAL_COVERAGE = 0.9;

  /// A calibration table at hand; refused when it was made from another model.
  record Known(CalibrationTable table) implements RangeSource {}

  /// A calibration table in a file; refused when it was made from another model.
  record Table(Path file) implements RangeSource {}

  /// A text cache of TensorRT up to version 10, which does not say which model it belongs to.
  ///
  /// @param vouching the table that was written with it; empty to take the cache on the caller's
  ///   word
  /// @param minCoverage the share of the tensors to quantize, 0 to 1, that must have a scale
  record Cache(Path file, Optional<Path> vouching, double minCoverage) implements RangeSource {}

  /// Data to find them on.
  record Data(Dataset data, CalibrationSettings settings) implements RangeSource {}

  /// No ranges, for forms that need none.
  record None() implements RangeSource {}

  /// Ranges found on data by entropy.
  static RangeSource on(Dataset data) {
    return new Data(data, CalibrationSettings.DEFAULT);
  }
}
