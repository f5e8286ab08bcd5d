// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.graph.Model;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import java.io.IOException;

/// A calibrator on a small model with known activations.
abstract class CalibratorFixture {
  static final Shape SIX = Shape.of(6);

  final ScalingBackend backend = new ScalingBackend();

  final Model model = ScalingBackend.model();

  final SampleDataset data = SampleDataset.gaussian("x", SIX, 150, 1);

  Calibrator calibrator() {
    return Calibrator.using(backend);
  }

  CalibrationTable calibrate(Dataset samples) throws IOException {
    return calibrator().calibrate(model, ScalingBackend.TENSORS, samples);
  }
}
