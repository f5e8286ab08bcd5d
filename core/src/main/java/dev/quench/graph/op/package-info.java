// SPDX-License-Identifier: Apache-2.0
/// The operators of ONNX as data: which inputs, outputs and attributes they have from which opset
/// on, and how the types and shapes of their outputs follow from their inputs.
@NullMarked
package dev.quench.graph.op;

import org.jspecify.annotations.NullMarked;
