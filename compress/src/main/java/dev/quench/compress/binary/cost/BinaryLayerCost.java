// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary.cost;

import java.util.Optional;

/// What a binary or ternary layer costs for one inference, beside the same layer in FP32. Each
/// weight and each value of the activations is read or written once.
///
/// @param layer name of the node
/// @param levels 2 for −1 and +1, 3 with 0
/// @param signs whether the layer reads signs, so that its products are XNOR and population counts
/// @param weights number of weights
/// @param macs multiply-accumulates
/// @param values number of input and output values
/// @param repetition of the 2-D kernels; empty for layers without
public record BinaryLayerCost(
    String layer,
    int levels,
    boolean signs,
    long weights,
    long macs,
    long values,
    Optional<KernelRepetition> repetition) {
  private static final int WORD = 32;
  private static final int ACCESS = 64;

  /// Bits of a weight in packed form: one plane of signs, and one of zeroes if there are any.
  private int bits() {
    return levels - 1;
  }

  /// Energy of the arithmetic, in picojoule.
  public double arithmetic() {
    if (!signs) {
      return macs * Energy.FLOAT_ADD;
    }
    // XNOR, count and addition for 32 products; a mask for those with zeroes.
    return (double) macs / WORD * (levels + 1) * Energy.INTEGER_ADD;
  }

  /// Energy of the arithmetic of the same layer in FP32, in picojoule.
  public double floatArithmetic() {
    return macs * Energy.FLOAT_MAC;
  }

  /// Memory accesses of 64 bits.
  public long accesses() {
    return Math.ceilDiv(weights * bits() + values * (signs ? 1 : WORD), ACCESS);
  }

  /// Memory accesses of 64 bits of the same layer in FP32.
  public long floatAccesses() {
    return Math.ceilDiv((weights + values) * WORD, ACCESS);
  }

  /// Energy of the accesses to a memory that holds the layer, in picojoule.
  public double memory() {
    return accesses() * Energy.access(8.0 * accesses());
  }

  /// Energy of the accesses of the same layer in FP32, in picojoule.
  public double floatMemory() {
    return floatAccesses() * Energy.access(8.0 * floatAccesses());
  }
}
