// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import static dev.quench.xnor.kernel.ChannelFunction.Operator.ADD;

import dev.quench.xnor.kernel.Kernel;

/// Adds rows.
public final class SumStep implements Step {
  private final Kernel kernel;
  private final RowBuffer left;
  private final RowBuffer right;
  private final RowBuffer out;

  public SumStep(Kernel kernel, RowBuffer left, RowBuffer right, RowBuffer out) {
    this.kernel = kernel;
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
    int first = Share.start(out.floats().length, part, parts, Integer.SIZE);
    int end = Share.start(out.floats().length, part + 1, parts, Integer.SIZE);
    kernel.combine(
        ADD, left.floats(), first, right.floats(), first, out.floats(), first, end - first);
  }
}
