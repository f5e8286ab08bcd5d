// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

/// The levels of the weights of a network's inner layers.
public enum WeightBits {
  /// Unchanged float weights.
  FLOAT,
  /// −1, 0, +1.
  TERNARY,
  /// −1, +1.
  BINARY
}
