// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.calibrate;

import dev.quench.calibration.MethodSelection;
import dev.quench.calibration.table.CalibrationTable;
import java.util.Optional;

/// What a calibration gave.
///
/// @param reused whether the table was there already, from the same model, data and method
/// @param selection the scores of all methods, where the best was chosen by them
public record CalibrationResult(
    CalibrationTable table, boolean reused, Optional<MethodSelection> selection) {}
