// SPDX-License-Identifier: Apache-2.0

/// Runs programs. In: a [ShapedProgram][dev.quench.xnor.plan.ShapedProgram] and the input tensors
/// of a run. Out: the output tensors. An [Executor][dev.quench.xnor.execute.Executor] binds each
/// instruction once to the buffers of its `Workspace`, as a task for the thread pool or, for a
/// subgraph, a call of ONNX Runtime; `GraphTensors` carries values between the two.
@NullMarked
package dev.quench.xnor.execute;

import org.jspecify.annotations.NullMarked;
