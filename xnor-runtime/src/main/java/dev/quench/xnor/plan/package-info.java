// SPDX-License-Identifier: Apache-2.0

/// Turns instructions into a program. In: a model and its instructions. Out: a
/// [Program][dev.quench.xnor.plan.Program] (the instructions in order, with the subgraphs of ONNX
/// Runtime between them, see `GraphPartition`, fused by `Fusion`); for inputs of fixed shape a
/// [ShapedProgram][dev.quench.xnor.plan.ShapedProgram] with sizes and thresholds; for the user a
/// report, [XnorPlan][dev.quench.xnor.plan.XnorPlan].
@NullMarked
package dev.quench.xnor.plan;

import org.jspecify.annotations.NullMarked;
