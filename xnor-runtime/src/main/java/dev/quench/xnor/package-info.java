// SPDX-License-Identifier: Apache-2.0

/// Binary and ternary networks on the CPU. An ordinary ONNX model goes in; its binary layers run on
/// XNOR and popcount kernels with activations kept as bits, everything else runs in ONNX Runtime,
/// and the results are those of ONNX Runtime without graph optimization.
///
/// A model passes through four packages: `recognize` (graph to instructions), `plan` (fusion,
/// order, shapes), `execute` (runs the instructions), `kernel` (computes).
@NullMarked
package dev.quench.xnor;

import org.jspecify.annotations.NullMarked;
