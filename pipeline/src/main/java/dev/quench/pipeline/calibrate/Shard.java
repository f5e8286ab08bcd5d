// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.calibrate;

/// One of several parts of the samples; the tables of all parts merge to that of one run.
///
/// @param index from 1 to `count`
public record Shard(int index, int count) {
  public static final Shard WHOLE = new Shard(1, 1);

  /// @throws IllegalArgumentException unless 1 ≤ `index` ≤ `count`
  public Shard {
    if (index < 1 || index > count) {
      throw new IllegalArgumentException(
          "expected a shard from 1 to their number, got %d of %d".formatted(index, count));
    }
  }
}
