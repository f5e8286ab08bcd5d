// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

/// A node that an instruction replaces.
///
/// @param instruction the replacement
/// @param output description of the instruction's output
record Recognized(Instruction instruction, Activation output) {}
