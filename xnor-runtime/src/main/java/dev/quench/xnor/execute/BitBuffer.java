// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.Bits;

/// Memory for packed activations: image after image, each a row of zeros and its pixels.
public final class BitBuffer {
  private final int images;
  private final int channels;
  private final int pixels;
  private final int[] words;

  public BitBuffer(int images, int channels, int pixels) {
    this.images = images;
    this.channels = channels;
    this.pixels = pixels;
    this.words = new int[Math.multiplyExact(images, Bits.imageWords(channels, pixels))];
  }

  public int[] words() {
    return words;
  }

  public int images() {
    return images;
  }

  public int channels() {
    return channels;
  }

  public int pixels() {
    return pixels;
  }

  int imageWords() {
    return Bits.imageWords(channels, pixels);
  }

  /// The first pixel of an image.
  public int start(int image) {
    return image * imageWords() + Bits.words(channels);
  }
}
