// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.calibrate;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.graph.Model;
import dev.quench.run.Progress;
import java.io.IOException;
import java.util.Set;

/// Measures ranges elsewhere than in this process, with the same result: on a cluster.
@FunctionalInterface
public interface RangeMeasurement {
  /// The table that a [dev.quench.calibration.Calibrator] makes of all the data.
  ///
  /// @param model not modified
  /// @param preprocessing recorded in the table
  /// @throws IOException if the data cannot be read
  CalibrationTable measure(
      Model model,
      Set<String> tensors,
      CalibrationSettings settings,
      String preprocessing,
      Progress progress)
      throws IOException;
}
