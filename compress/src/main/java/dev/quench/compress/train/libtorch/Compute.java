// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.libtorch;

/// The data type of convolutions and matrix products during training. Parameters, statistics, loss,
/// optimizer and every evaluation always use FP32.
public enum Compute {
  FP32,
  /// Operands rounded to bfloat16, accumulated in FP32: about twice as fast on processors with
  /// bfloat16 instructions. For operands ±1 only the result is rounded.
  BF16
}
