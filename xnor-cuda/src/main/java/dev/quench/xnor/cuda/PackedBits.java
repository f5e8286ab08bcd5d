// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda;

import java.util.Arrays;

/// A matrix of values −1 and +1 with one bit per value: a set bit is −1.
///
/// Each row begins with a new word and fills words from the lowest bit up; bits beyond the last
/// column are 0. Immutable, equal by content, thread-safe.
public final class PackedBits {
  private final int rows;
  private final int columns;
  private final int[] words;

  private PackedBits(int rows, int columns, int[] words) {
    this.rows = rows;
    this.columns = columns;
    this.words = words;
  }

  /// Packs the signs of a row-major matrix `[rows, columns]`: −1 for values `< 0`, else +1, also
  /// for −0.
  ///
  /// @throws IllegalArgumentException if the number of values is wrong or a value is NaN
  public static PackedBits of(float[] values, int rows, int columns) {
    int[] words = new int[size(rows, columns)];
    if (values.length != Math.multiplyExact(rows, columns)) {
      throw new IllegalArgumentException(
          "got %d values for a matrix of %d x %d".formatted(values.length, rows, columns));
    }
    int wordsPerRow = wordsFor(columns);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        float value = values[row * columns + column];
        if (Float.isNaN(value)) {
          throw new IllegalArgumentException(
              "row %d, column %d is NaN, which has no sign".formatted(row, column));
        }
        if (value < 0) {
          words[row * wordsPerRow + column / Integer.SIZE] |= 1 << column;
        }
      }
    }
    return new PackedBits(rows, columns, words);
  }

  /// Wraps words that are already packed; copies the array.
  ///
  /// @throws IllegalArgumentException if the number of words is wrong or a bit beyond the last
  ///   column is set
  public static PackedBits ofWords(int[] words, int rows, int columns) {
    if (words.length != size(rows, columns)) {
      throw new IllegalArgumentException(
          "got %d words for a matrix of %d x %d bits, expected %d"
              .formatted(words.length, rows, columns, size(rows, columns)));
    }
    int used = columns % Integer.SIZE;
    if (used != 0) {
      int wordsPerRow = wordsFor(columns);
      for (int row = 0; row < rows; row++) {
        if (words[(row + 1) * wordsPerRow - 1] >>> used != 0) {
          throw new IllegalArgumentException(
              "row %d has a bit set beyond its %d columns".formatted(row, columns));
        }
      }
    }
    return new PackedBits(rows, columns, words.clone());
  }

  private static int size(int rows, int columns) {
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "a matrix of %d x %d is empty, expected at least 1 x 1".formatted(rows, columns));
    }
    return Math.multiplyExact(rows, wordsFor(columns));
  }

  private static int wordsFor(int columns) {
    return Math.ceilDiv(columns, Integer.SIZE);
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns;
  }

  public int wordsPerRow() {
    return wordsFor(columns);
  }

  /// A word of a row; its bit `b` is column `32 * word + b`.
  public int word(int row, int word) {
    return words[row * wordsPerRow() + word];
  }

  /// Whether a value is −1.
  public boolean isNegative(int row, int column) {
    return (word(row, column / Integer.SIZE) >>> column & 1) != 0;
  }

  /// The number of values −1 in a row.
  public int negatives(int row) {
    int count = 0;
    for (int word = 0; word < wordsPerRow(); word++) {
      count += Integer.bitCount(word(row, word));
    }
    return count;
  }

  /// Copies all words.
  public int[] toWords() {
    return words.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PackedBits bits
        && rows == bits.rows
        && columns == bits.columns
        && Arrays.equals(words, bits.words);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * rows + columns) + Arrays.hashCode(words);
  }

  @Override
  public String toString() {
    return "%d x %d bits".formatted(rows, columns);
  }
}
