// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.BitMaxPool;

/// Pools bits, image by image.
final class BitMaxPoolTask implements ParallelTask {
  private final BitMaxPool pool;
  private final BitBuffer in;
  private final BitBuffer out;

  BitMaxPoolTask(BitMaxPool pool, BitBuffer in, BitBuffer out) {
    this.pool = pool;
    this.in = in;
    this.out = out;
  }

  @Override
  public boolean isLarge() {
    return in.images() > 1 && in.words().length > 32_768;
  }

  @Override
  public void run(int part, int parts) {
    int end = StaticSchedule.start(in.images(), part + 1, parts, 1);
    for (int image = StaticSchedule.start(in.images(), part, parts, 1); image < end; image++) {
      pool.pool(in.words(), image * in.imageWords(), out.words(), out.start(image));
    }
  }
}
