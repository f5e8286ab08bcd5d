// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

/// In how many bits a published size counts the weights of a network.
public enum StoredBits {
  /// Four bytes a parameter.
  FLOAT(32),
  /// One byte a weight in all layers.
  INT8(8),
  /// Two bits a weight between the first and the last layer.
  TERNARY(2),
  /// One bit a weight between the first and the last layer.
  BINARY(1);

  private final int bits;

  StoredBits(int bits) {
    this.bits = bits;
  }

  public int bits() {
    return bits;
  }
}
