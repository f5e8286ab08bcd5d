// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.PackedLayout;

/// Memory for real activations as NHWC floats; channels are padded to a multiple of 32, as in
/// packed words.
final class NhwcBuffer {
  private final int images;
  private final int channels;
  private final int pixels;
  private final float[] floats;

  NhwcBuffer(int images, int channels, int pixels) {
    this.images = images;
    this.channels = channels;
    this.pixels = pixels;
    this.floats = new float[Math.multiplyExact(images, imageFloats())];
  }

  float[] floats() {
    return floats;
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

  int imageFloats() {
    return Math.multiplyExact(PackedLayout.floats(channels), pixels);
  }

  int pixelFloats() {
    return PackedLayout.floats(channels);
  }
}
