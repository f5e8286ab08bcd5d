// SPDX-License-Identifier: Apache-2.0
/// The recipes, each a few calls: a model prepared ([dev.quench.pipeline.PreparedModel]), its
/// ranges found or reused ([dev.quench.pipeline.calibrate.CalibrationRecipe]), quantized within a
/// bound on the loss ([dev.quench.pipeline.quantize.QuantizationRecipe]) or tuned by measuring
/// ([dev.quench.pipeline.tune.TuningRecipe]), exported ([dev.quench.pipeline.export.ExportRecipe]),
/// built ([dev.quench.pipeline.build.EngineRecipe]), compared
/// ([dev.quench.pipeline.compare.ModelComparison]). The command line does its work through these
/// classes alone.
@NullMarked
package dev.quench.pipeline;

import org.jspecify.annotations.NullMarked;
