// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

/// What a ratio is a share of.
public enum Budget {
  /// Multiply-accumulates.
  MACS("MACs"),
  /// Elements of trained constants.
  PARAMETERS("parameters"),
  /// Output channels of all layers that can be cut.
  CHANNELS("channels"),
  /// Bytes of all constants.
  BYTES("bytes");

  private final String label;

  Budget(String label) {
    this.label = label;
  }

  /// As in messages.
  public String label() {
    return label;
  }
}
