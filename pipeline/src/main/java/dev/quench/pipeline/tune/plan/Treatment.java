// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

/// How one node is computed.
public enum Treatment {
  /// In integers, by calibrated ranges; a table is stored in integers.
  INTEGER('i'),
  FLOAT('f'),
  /// In integers whose ranges are found in each inference.
  DYNAMIC('d'),
  /// Of a residual sum not the skip but the other branch in integers.
  OTHER_BRANCH('o');

  private final char code;

  Treatment(char code) {
    this.code = code;
  }

  /// In files.
  char code() {
    return code;
  }

  /// @throws IllegalArgumentException if no treatment has the code
  static Treatment of(int code) {
    for (Treatment each : values()) {
      if (each.code == code) {
        return each;
      }
    }
    throw new IllegalArgumentException(
        "expected i, f, d or o for a node, got '%c'".formatted((char) code));
  }
}
