// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

/// A line of TensorRT releases, as far as their ONNX parsers differ.
public enum TensorRtRelease {
  /// 10.15, the last minor release with implicit INT8; imports opsets 9 to 24.
  V10_15("TensorRT 10.15", 9, 24),

  /// 11: strongly typed networks only, opsets 9 to 25. Uses the operator matrix of 10.15, for want
  /// of one for 11; no release has removed operators.
  V11("TensorRT 11", 9, 25);

  private final String label;
  private final int oldestOpset;
  private final int newestOpset;

  TensorRtRelease(String label, int oldestOpset, int newestOpset) {
    this.label = label;
    this.oldestOpset = oldestOpset;
    this.newestOpset = newestOpset;
  }

  /// For messages: `TensorRT 10.15`.
  public String label() {
    return label;
  }

  int oldestOpset() {
    return oldestOpset;
  }

  int newestOpset() {
    return newestOpset;
  }
}
