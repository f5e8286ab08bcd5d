// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.lookup;

/// Memory in which one thread computes a band of a [LookupConvolution]. Not thread-safe.
public final class LookupScratch {
  /// Padded rows of the input channels of one piece: `[length, size]`.
  final float[] planes;

  /// `[words, size]`, and what the last block of the last table reads beyond.
  final float[] tables;

  /// `[outputs, size]`.
  final float[] sums;

  LookupScratch(int planes, int tables, int sums) {
    this.planes = new float[planes];
    this.tables = new float[tables];
    this.sums = new float[sums];
  }
}
