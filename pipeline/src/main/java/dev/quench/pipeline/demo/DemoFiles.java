// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.demo;

import dev.quench.pipeline.calibrate.CalibrationFiles;
import dev.quench.pipeline.quantize.QuantizedForm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What the demo writes into one folder.
public record DemoFiles(Path folder) {
  Path fp32() {
    return folder.resolve("nin.fp32.onnx");
  }

  Path int8(QuantizedForm form) {
    return folder.resolve("nin.int8.%s.onnx".formatted(form.target()));
  }

  Path vggFp32() {
    return folder.resolve("vgg.fp32.onnx");
  }

  Path vggBinary() {
    return folder.resolve("vgg.w1a1.onnx");
  }

  Path vggPacked() {
    return folder.resolve("vgg.w1a1.packed.onnx");
  }

  CalibrationFiles calibration() {
    return CalibrationFiles.in(folder);
  }

  Path json() {
    return folder.resolve("report.json");
  }

  Path html() {
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
                vggFp32(),
                vggBinary(),
                vggPacked()));
    files.addAll(calibration().outputs());
    files.addAll(List.of(json(), html()));
    return files.toArray(Path[]::new);
  }
}
