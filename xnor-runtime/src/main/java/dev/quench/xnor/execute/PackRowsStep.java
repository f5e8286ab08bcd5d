// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.Bits;
import dev.quench.xnor.kernel.Kernel;

/// Packs the signs of rows.
public final class PackRowsStep implements Step {
  private static final int LARGE = 65_536;

  private final Kernel kernel;
  private final String name;
  private final RowBuffer in;
  private final BitBuffer out;

  /// @param name of the value whose sign is taken, for messages
  public PackRowsStep(Kernel kernel, String name, RowBuffer in, BitBuffer out) {
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
    int first = Share.start(pixels, part, parts, 1);
    int end = Share.start(pixels, part + 1, parts, 1);
    for (int image = 0; image < in.images(); image++) {
      boolean numbers =
          kernel.pack(
              in.floats(),
              image * in.imageFloats() + first * in.pixelFloats(),
              in.channels(),
              end - first,
              out.words(),
              out.start(image) + first * Bits.words(out.channels()));
      if (!numbers) {
        throw PackPlanesStep.notANumber(name);
      }
    }
  }
}
