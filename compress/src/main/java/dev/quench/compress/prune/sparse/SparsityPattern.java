// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.sparse;

import java.util.Arrays;

/// At most `kept` of each `of` consecutive weights are not zero; NVIDIA's sparse tensor cores take
/// 2:4.
///
/// @param kept at least 1
/// @param of more than `kept`, at most 32
public record SparsityPattern(int kept, int of) {
  /// What sparse tensor cores run.
  public static final SparsityPattern TWO_OF_FOUR = new SparsityPattern(2, 4);

  private static final int LARGEST = 32;

  /// @throws IllegalArgumentException unless 1 ≤ `kept` < `of` ≤ 32
  public SparsityPattern {
    if (kept < 1 || of <= kept || of > LARGEST) {
      throw new IllegalArgumentException(
          "pattern %d:%d; expected N:M with 1 ≤ N < M ≤ %d, such as 2:4"
              .formatted(kept, of, LARGEST));
    }
  }

  /// Reads `2:4`.
  ///
  /// @throws IllegalArgumentException if the text is not a pattern
  public static SparsityPattern of(String text) {
    String[] parts = text.split(":", -1);
    try {
      if (parts.length == 2) {
        return new SparsityPattern(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new IllegalArgumentException("pattern '%s'; expected N:M, such as 2:4".formatted(text));
  }

  /// The sum over all rows of the `kept` largest of a group of columns of magnitudes.
  ///
  /// @param columns `of`, of one length
  double largest(float[][] columns) {
    if (kept == 2 && of == 4) {
      return largestTwoOfFour(columns[0], columns[1], columns[2], columns[3]);
    }
    double sum = 0;
    float[] group = new float[of];
    for (int row = 0; row < columns[0].length; row++) {
      for (int i = 0; i < of; i++) {
        group[i] = columns[i][row];
      }
      Arrays.sort(group);
      for (int i = of - kept; i < of; i++) {
        sum += group[i];
      }
    }
    return sum;
  }

  /// The search spends nearly all its time here.
  private static double largestTwoOfFour(float[] a, float[] b, float[] c, float[] d) {
    double sum = 0;
    for (int row = 0; row < a.length; row++) {
      float high = Math.max(a[row], b[row]);
      float otherHigh = Math.max(c[row], d[row]);
      float low = Math.max(Math.min(a[row], b[row]), Math.min(c[row], d[row]));
      sum += (double) Math.max(high, otherHigh) + Math.max(Math.min(high, otherHigh), low);
    }
    return sum;
  }

  /// Which of a group stay: the largest, of equal ones the first.
  boolean[] choose(float[] group) {
    boolean[] chosen = new boolean[of];
    for (int n = 0; n < kept; n++) {
      int best = -1;
      for (int i = 0; i < of; i++) {
        if (!chosen[i] && (best < 0 || group[i] > group[best])) {
          best = i;
        }
      }
      chosen[best] = true;
    }
    return chosen;
  }

  @Override
  public String toString() {
    return kept + ":" + of;
  }
}
