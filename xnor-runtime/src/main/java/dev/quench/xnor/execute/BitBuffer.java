// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.PackedLayout;

/// Memory for packed activations: image after image, each a row of zeros followed by its pixels.
final class BitBuffer {
  private final int images;
  private final int channels;
  private final int pixels;
  private final int[] words;

  BitBuffer(int images, int channels, int pixels) {
    this.images = images;
    this.channels = channels;
    this.pixels = pixels;
    this.words = new int[Math.multiplyExact(images, PackedLayout.imageWords(channels, pixels))];
  }

  int[] words() {
    return words;
  }

  int images() {
    return images;
  }

  int channels() {
    return channels;
  }

  int pixels() {
    return pixels;
  }

  int imageWords() {
    return PackedLayout.imageWords(channels, pixels);
  }

  /// Word offset of the first pixel of an image.
  int start(int image) {
    return image * imageWords() + PackedLayout.words(channels);
  }
}
