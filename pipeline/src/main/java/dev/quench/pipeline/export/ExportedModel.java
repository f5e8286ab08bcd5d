// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.export;

import dev.quench.export.dimension.DimensionReport;
import dev.quench.export.target.Refusal;
import dev.quench.graph.Model;
import dev.quench.onnx.PackedWeights;
import dev.quench.xnor.plan.XnorPlan;
import java.util.List;
import java.util.Optional;

/// A model in the form of a target.
///
/// @param dimensions what freeing them changed
/// @param lowered what lowering the precision changed
/// @param refusals what the target would refuse; empty when it takes the model
/// @param plan what runs on binary kernels, for the XNOR runtime
/// @param packing how much smaller binary and ternary weights became
public record ExportedModel(
    Model model,
    Optional<DimensionReport> dimensions,
    Optional<LoweredModel> lowered,
    List<Refusal> refusals,
    Optional<XnorPlan> plan,
    Optional<PackedWeights.Report> packing) {}
