// SPDX-License-Identifier: Apache-2.0
package dev.quench.examples;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Path;

/// Makes two calibration tables, merges them, and writes the TensorRT cache with the table that
/// vouches for it.
final class CalibrateOnce {
  private CalibrateOnce() {}

  static CalibrationTable run(Path modelFile, Dataset monday, Dataset tuesday, Path folder)
      throws IOException {
    PreparedModel model = PreparedModel.read(modelFile);
    CalibrationTable first = CalibrationRecipe.of(model, monday).run().table();
    CalibrationTable second = CalibrationRecipe.of(model, tuesday).run().table();
    return CalibrationFiles.in(folder).write(CalibrationTable.merge(first, second));
  }
}
