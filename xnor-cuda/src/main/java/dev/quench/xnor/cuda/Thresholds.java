// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda;

/// Turns the integer sums of a layer into signs, with one threshold per column. This is the integer
/// form of batch normalization followed by sign.
///
/// A sum below the bound of its column becomes −1, any other +1. Flipped columns, whose factor is
/// negative, swap the two. Immutable, thread-safe.
public final class Thresholds {
  private final int[] bounds;
  private final boolean[] flipped;

  /// @param bounds by column; copied
  /// @param flipped by column; copied
  /// @throws IllegalArgumentException if the arrays differ in length
  public Thresholds(int[] bounds, boolean[] flipped) {
    if (bounds.length != flipped.length) {
      throw new IllegalArgumentException(
          "got %d bounds but %d flip marks, expected one of each per column"
              .formatted(bounds.length, flipped.length));
    }
    this.bounds = bounds.clone();
    this.flipped = flipped.clone();
  }

  public int columns() {
    return bounds.length;
  }

  /// Whether `sum` of `column` becomes −1.
  public boolean isNegative(int column, int sum) {
    return sum < bounds[column] != flipped[column];
  }

  /// Copies the bounds.
  public int[] bounds() {
    return bounds.clone();
  }

  /// By column: 1 if it is flipped, else 0.
  public int[] flips() {
    int[] flips = new int[flipped.length];
    for (int column = 0; column < flips.length; column++) {
      flips[column] = flipped[column] ? 1 : 0;
    }
    return flips;
  }
}
