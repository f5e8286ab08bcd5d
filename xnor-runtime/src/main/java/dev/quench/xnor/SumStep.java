// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor;

/// Adds rows.
final class SumStep implements Step {
  private final RowBuffer left;
  private final RowBuffer right;
  private final RowBuffer out;

  SumStep(RowBuffer left, RowBuffer right, RowBuffer out) {
    this.left = left;
    this.right = right;
    this.out = out;
  }

  @Override
  public boolean isLarge() {
    return out.floats().length > 65_536;
  }

  @Override
  public void run(int part, int parts) {
    float[] a = left.floats();
    float[] b = right.floats();
    float[] sum = out.floats();
    int first = Share.start(sum.length, part, parts, 16);
    int end = Share.start(sum.length, part + 1, parts, 16);
    for (int i = first; i < end; i++) {
      sum[i] = a[i] + b[i];
    }
  }
}
