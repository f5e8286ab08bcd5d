// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

/// How a sliding window chooses its padding: the attribute `auto_pad`.
public enum AutoPad {
  /// The attribute `pads` gives it.
  NOTSET,
  /// None.
  VALID,
  /// So much that an axis has `ceil(size / stride)` outputs; an odd element goes behind the input.
  SAME_UPPER,
  /// As `SAME_UPPER`, but an odd element goes before the input.
  SAME_LOWER;

  public boolean isSame() {
    return this == SAME_UPPER || this == SAME_LOWER;
  }
}
