// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

/// Sizes of packed activations; the package documents the layout.
public final class PackedLayout {
  private PackedLayout() {}

  /// Words per pixel.
  public static int words(int channels) {
    return Math.ceilDiv(channels, Integer.SIZE);
  }

  /// Words per image: a row of zeros, then its pixels.
  public static int imageWords(int channels, int pixels) {
    return Math.multiplyExact(words(channels), Math.addExact(pixels, 1));
  }

  /// Floats per pixel of NHWC values; channels are padded as for bits.
  public static int floats(int channels) {
    return words(channels) * Integer.SIZE;
  }
}
