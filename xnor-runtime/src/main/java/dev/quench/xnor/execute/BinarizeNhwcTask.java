// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.Kernel;
import dev.quench.xnor.kernel.PackedLayout;

/// Packs the signs of NHWC floats.
final class BinarizeNhwcTask implements ParallelTask {
  private static final int LARGE = 65_536;

  private final Kernel kernel;
  private final String name;
  private final NhwcBuffer in;
  private final BitBuffer out;

  /// @param name of the value whose sign is taken, for messages
  BinarizeNhwcTask(Kernel kernel, String name, NhwcBuffer in, BitBuffer out) {
    this.kernel = kernel;
    this.name = name;
    this.in = in;
    this.out = out;
  }

  @Override
  public boolean isLarge() {
    return in.floats().length > LARGE;
  }

  @Override
  public void run(int part, int parts) {
    int pixels = in.pixels();
    int first = StaticSchedule.start(pixels, part, parts, 1);
    int end = StaticSchedule.start(pixels, part + 1, parts, 1);
    for (int image = 0; image < in.images(); image++) {
      boolean numbers =
          kernel.packNhwc(
              in.floats(),
              image * in.imageFloats() + first * in.pixelFloats(),
              in.channels(),
              end - first,
              out.words(),
              out.start(image) + first * PackedLayout.words(out.channels()));
      if (!numbers) {
        throw BinarizeNchwTask.notANumber(name);
      }
    }
  }
}
