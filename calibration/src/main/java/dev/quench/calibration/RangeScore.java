// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.calibration.table.CalibrationTable;
import java.io.IOException;

/// Scores the ranges of a model: quantizes with them, runs the model and computes the metric of
/// interest.
@FunctionalInterface
public interface RangeScore {
  /// @param ranges to quantize with
  /// @return higher is better; not NaN
  double score(CalibrationTable ranges) throws IOException;
}
