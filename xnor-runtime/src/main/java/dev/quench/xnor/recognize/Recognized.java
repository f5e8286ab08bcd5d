// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

/// A node that needs no ONNX Runtime.
///
/// @param instruction what stands for it
/// @param output what is known of the instruction's output
record Recognized(Instruction instruction, Activation output) {}
