// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

/// Arithmetic and memory traffic of one piece of work; the conventions are those of [ModelCost].
public sealed interface Cost permits NodeCost, RegionCost, AlgorithmCost {
  /// Arithmetic operations; a multiply-accumulate is two.
  long flops();

  /// Bytes read from memory and written to it.
  long bytesMoved();

  /// FLOPs per byte moved; 0 when no bytes move.
  default double arithmeticIntensity() {
    return bytesMoved() == 0 ? 0 : (double) flops() / bytesMoved();
  }
}
