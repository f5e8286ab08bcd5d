// SPDX-License-Identifier: Apache-2.0
package dev.quench.examples;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.calibration.tensorrt.TensorRtVersion;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/// Makes two calibration tables, merges them, and writes the TensorRT cache with the table that
/// vouches for it.
final class CalibrateOnce {
  private CalibrateOnce() {}

  static CalibrationTable run(Path modelFile, Dataset monday, Dataset tuesday, Path folder)
      throws IOException {
    Backend backend = Backends.named("onnxruntime");
    Model model = OnnxReader.read(modelFile);
    Fusion.standard(backend).apply(model);
    Set<String> tensors = QdqPlacement.tensors(model);
    Calibrator calibrator = Calibrator.using(backend).method(RangeMethod.entropy());
    CalibrationTable table =
        CalibrationTable.merge(
            calibrator.calibrate(model, tensors, monday),
            calibrator.calibrate(model, tensors, tuesday));
    TensorRtCache cache = TensorRtCache.of(table, TensorRtVersion.parse("10.3.0"));
    cache.write(folder.resolve("calibration.cache"));
    table.vouchingFor(cache).write(folder.resolve("calibration.json"));
    return table;
  }
}
