// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda;

/// Turns the integer sums of a layer into signs, column by column: what batch normalization and
/// sign come to.
///
/// A column gives −1 where its sum is less than the bound, else +1; a flipped column the other way
/// round, as a negative factor asks for. Immutable, thread-safe.
public final class Thresholds {
  private final int[] bounds;
  private final boolean[] flipped;

  /// @param bounds by column; copied
  /// @param flipped by column; copied
  /// @throws IllegalArgumentException if the two differ in length
  public Thresholds(int[] bounds, boolean[] flipped) {
    if (bounds.length != flipped.length) {
      throw new IllegalArgumentException(
          "%d bounds, but %d marks of flipped columns".formatted(bounds.length, flipped.length));
    }
    this.bounds = bounds.clone();
    this.flipped = flipped.clone();
  }

  public int columns() {
    return bounds.length;
  }

  public boolean isNegative(int column, int sum) {
    return sum < bounds[column] != flipped[column];
  }

  /// A copy of the bounds.
  public int[] bounds() {
    return bounds.clone();
  }

  /// By column 1 where it is flipped, else 0.
  public int[] flips() {
    int[] flips = new int[flipped.length];
    for (int column = 0; column < flips.length; column++) {
      flips[column] = flipped[column] ? 1 : 0;
    }
    return flips;
  }
}
