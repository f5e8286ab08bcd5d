// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.FloatMaxPool;
import dev.quench.xnor.kernel.Kernel;

/// Max-pools NHWC floats.
final class MaxPoolTask implements ParallelTask {
  private final Kernel kernel;
  private final FloatMaxPool pool;
  private final NhwcBuffer in;
  private final NhwcBuffer out;

  MaxPoolTask(Kernel kernel, FloatMaxPool pool, NhwcBuffer in, NhwcBuffer out) {
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
    int first = StaticSchedule.start(out.pixels(), part, parts, 1);
    int end = StaticSchedule.start(out.pixels(), part + 1, parts, 1);
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
