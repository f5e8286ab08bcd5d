// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.Kernel;
import dev.quench.xnor.kernel.NhwcFunction;

/// Applies a channelwise function to NHWC floats.
final class ChannelwiseTask implements ParallelTask {
  private final Kernel kernel;
  private final NhwcFunction function;
  private final NhwcBuffer in;
  private final NhwcBuffer out;

  ChannelwiseTask(Kernel kernel, NhwcFunction function, NhwcBuffer in, NhwcBuffer out) {
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
    int first = StaticSchedule.start(pixels, part, parts, 1);
    int end = StaticSchedule.start(pixels, part + 1, parts, 1);
    function.apply(kernel, in.floats(), out.floats(), first, end);
  }
}
