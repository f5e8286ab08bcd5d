// SPDX-License-Identifier: Apache-2.0

/// Runs binary and ternary networks on the CPU. The input is an ordinary ONNX model; its binary
/// layers run on XNOR and popcount kernels with activations kept as bits, everything else runs in
/// ONNX Runtime, and the results equal those of ONNX Runtime without graph optimization. Layers of
/// words and codes run by look-ups.
///
/// A model passes through four packages: `recognize` (graph to instructions), `plan` (fusion,
/// order, shapes), `execute` (runs the instructions), `kernel` (computes).
@NullMarked
package dev.quench.xnor;

import org.jspecify.annotations.NullMarked;
