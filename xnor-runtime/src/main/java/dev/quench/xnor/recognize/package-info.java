// SPDX-License-Identifier: Apache-2.0

/// From an ONNX graph to instructions. In: a model, sorted, with types inferred. Out: for each node
/// that needs no ONNX Runtime an [Instruction][dev.quench.xnor.recognize.Instruction], and for each
/// other node the reason why it stays there ([Recognition][dev.quench.xnor.recognize.Recognition]).
/// A `…Pattern` looks for one kind of node; values carry what is known of them from pattern to
/// pattern ([Activations][dev.quench.xnor.recognize.Activations]). Start at `Recognizer`.
@NullMarked
package dev.quench.xnor.recognize;

import org.jspecify.annotations.NullMarked;
