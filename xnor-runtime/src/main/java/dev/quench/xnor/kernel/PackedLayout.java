// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

/// Sizes of packed activations, see the package.
public final class PackedLayout {
  private PackedLayout() {}

  /// Words of one pixel.
  public static int words(int channels) {
    return Math.ceilDiv(channels, Integer.SIZE);
  }

  /// Words of one image: a row of zeros, then its pixels.
  public static int imageWords(int channels, int pixels) {
    return Math.multiplyExact(words(channels), Math.addExact(pixels, 1));
  }

  /// Floats of one pixel where real values lie beside bits; channels are padded alike.
  public static int floats(int channels) {
    return words(channels) * Integer.SIZE;
  }
}
