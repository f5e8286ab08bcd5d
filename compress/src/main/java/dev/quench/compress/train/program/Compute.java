// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

/// The type in which convolutions and products are computed while training; parameters, statistics,
/// loss and optimizer are always FP32, and so is every evaluation.
public enum Compute {
  FP32,
  /// Operands rounded to bfloat16, accumulated in FP32: about twice as fast where the processor has
  /// it. Exact for operands ±1, only the result is rounded.
  BF16
}
