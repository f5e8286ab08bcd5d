// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.calibration.table.CalibrationTable;
import java.io.IOException;

/// Says how well a model does with some ranges: the caller quantizes with them, runs the model and
/// computes the metric that matters to it.
@FunctionalInterface
public interface RangeScore {
  /// @param ranges to quantize with
  /// @return higher is better; no NaN
  double score(CalibrationTable ranges) throws IOException;
}
