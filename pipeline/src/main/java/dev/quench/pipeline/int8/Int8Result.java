// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import dev.quench.pipeline.calibrate.CalibrationResult;
import dev.quench.pipeline.quantize.QuantizedModel;
import dev.quench.report.EvaluationReport;

/// What the way to INT8 found and wrote.
///
/// @param tensorRt the model in TensorRT's form
/// @param onnxRuntime the forms tried for ONNX Runtime
/// @param report of the float model and of what was made of it
public record Int8Result(
    Int8Files files,
    CalibrationResult calibration,
    QuantizedModel tensorRt,
    FormChoice onnxRuntime,
    EvaluationReport report) {}
