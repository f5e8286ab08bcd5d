// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.text;

/// The Levenshtein distance of two texts: the smallest number of code points to insert, remove or
/// replace to turn one into the other. Stateless, thread-safe.
public final class EditDistance {
  private EditDistance() {}

  /// Cost: the product of both lengths.
  public static int between(String one, String other) {
    int[] a = one.codePoints().toArray();
    int[] b = other.codePoints().toArray();
    int[] row = new int[b.length + 1];
    for (int j = 0; j <= b.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length; i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length; j++) {
        int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length];
  }
}
