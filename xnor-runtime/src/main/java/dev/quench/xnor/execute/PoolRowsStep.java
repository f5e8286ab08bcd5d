// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.Kernel;
import dev.quench.xnor.kernel.RealPool;

/// Pools rows.
public final class PoolRowsStep implements Step {
  private final Kernel kernel;
  private final RealPool pool;
  private final RowBuffer in;
  private final RowBuffer out;

  public PoolRowsStep(Kernel kernel, RealPool pool, RowBuffer in, RowBuffer out) {
    this.kernel = kernel;
    this.pool = pool;
    this.in = in;
    this.out = out;
  }

  @Override
  public boolean isLarge() {
    return in.floats().length > 65_536;
  }

  @Override
  public void run(int part, int parts) {
    int first = Share.start(out.pixels(), part, parts, 1);
    int end = Share.start(out.pixels(), part + 1, parts, 1);
    for (int image = 0; image < in.images(); image++) {
      pool.pool(
          kernel,
          in.floats(),
          image * in.imageFloats(),
          out.floats(),
          image * out.imageFloats(),
          first,
          end);
    }
  }
}
