// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import dev.quench.pipeline.calibrate.CalibrationFiles;
import dev.quench.pipeline.quantize.QuantizedForm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the way to INT8 writes into one folder.
///
/// @param name of the model, with which its files begin
public record Int8Files(Path folder, String name) {
  /// The prepared float model, which the others are compared with.
  public Path fp32() {
    return folder.resolve(name + ".fp32.onnx");
  }

  /// The quantized model for a target; where FP32 is best it is not written.
  public Path int8(QuantizedForm form) {
    return folder.resolve("%s.int8.%s.onnx".formatted(name, form.target()));
  }

  /// The TensorRT engine of the INT8 model, written where this machine can build one; its manifest
  /// lies beside it.
  public Path engine() {
    return folder.resolve(name + ".int8.engine");
  }

  static Path manifestOf(Path engine) {
    return engine.resolveSibling(engine.getFileName() + ".json");
  }

  /// @param random whether the data are noise: TensorRT's cache cannot say so, and is not written
  public CalibrationFiles calibration(boolean random) {
    CalibrationFiles all = CalibrationFiles.in(folder);
    return random
        ? new CalibrationFiles(all.table(), Optional.empty(), all.version(), all.histograms())
        : all;
  }

  public Path json() {
    return folder.resolve("report.json");
  }

  public Path html() {
    return folder.resolve("report.html");
  }

  /// All of them.
  public Path[] all() {
    List<Path> files =
        new ArrayList<>(
            List.of(
                fp32(),
                int8(QuantizedForm.TENSORRT),
                int8(QuantizedForm.ONNX_RUNTIME),
                engine(),
                manifestOf(engine())));
    files.addAll(calibration(false).outputs());
    files.addAll(List.of(json(), html()));
    return files.toArray(Path[]::new);
  }
}
