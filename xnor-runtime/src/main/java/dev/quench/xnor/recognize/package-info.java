// SPDX-License-Identifier: Apache-2.0

/// Turns an ONNX graph into instructions. In: a model, sorted, with types inferred. Out
/// ([Recognition][dev.quench.xnor.recognize.Recognition]): an
/// [Instruction][dev.quench.xnor.recognize.Instruction] for each node that runs without ONNX
/// Runtime, and for each other node the reason why it stays there. A `…Pattern` matches one kind of
/// node; [Activations][dev.quench.xnor.recognize.Activations] carries the properties of values from
/// pattern to pattern. Start at `Recognizer`.
@NullMarked
package dev.quench.xnor.recognize;

import org.jspecify.annotations.NullMarked;
