// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

/// Levels of the weights of a network's inner layers.
public enum WeightBits {
  /// As they are.
  FLOAT,
  /// −1, 0, +1.
  TERNARY,
  /// −1, +1.
  BINARY
}
