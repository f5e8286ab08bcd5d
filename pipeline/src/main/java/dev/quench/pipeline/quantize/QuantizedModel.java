// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.quantize;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.TensorRtCacheReport;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.Sensitivity;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// A model with `QuantizeLinear` and `DequantizeLinear` nodes, and how it came to them.
///
/// @param ranges that its scales were made of; empty for a form that needs none
/// @param report what runs in INT8 and what stays float, with the reasons
/// @param sensitivity what each layer costs, where a bound was set
/// @param cache what the TensorRT cache covers, where ranges came from one
/// @param boundHolds whether the bound on the loss, where there is one, holds
public record QuantizedModel(
    Model model,
    Optional<CalibrationTable> ranges,
    QuantizationReport report,
    Optional<Sensitivity> sensitivity,
    Optional<TensorRtCacheReport> cache,
    boolean boundHolds) {
  /// Writes the model as ONNX.
  public void write(Path file) throws IOException {
    OnnxWriter.write(model, file);
  }
}
