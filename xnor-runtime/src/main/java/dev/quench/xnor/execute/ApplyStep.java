// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.Kernel;
import dev.quench.xnor.kernel.RowFunction;

/// Applies a function to rows.
public final class ApplyStep implements Step {
  private final Kernel kernel;
  private final RowFunction function;
  private final RowBuffer in;
  private final RowBuffer out;

  public ApplyStep(Kernel kernel, RowFunction function, RowBuffer in, RowBuffer out) {
    this.kernel = kernel;
    this.function = function;
    this.in = in;
    this.out = out;
  }

  @Override
  public boolean isLarge() {
    return in.floats().length > 65_536;
  }

  @Override
  public void run(int part, int parts) {
    int pixels = in.images() * in.pixels();
    int first = Share.start(pixels, part, parts, 1);
    int end = Share.start(pixels, part + 1, parts, 1);
    function.apply(kernel, in.floats(), out.floats(), first, end);
  }
}
