// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.kernel.Bits;

/// Memory for real activations as NHWC floats; each pixel is padded to whole words of bits.
public final class RowBuffer {
  private final int images;
  private final int channels;
  private final int pixels;
  private final float[] floats;

  public RowBuffer(int images, int channels, int pixels) {
    this.images = images;
    this.channels = channels;
    this.pixels = pixels;
    this.floats = new float[Math.multiplyExact(images, imageFloats())];
  }

  public float[] floats() {
    return floats;
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

  public int imageFloats() {
    return Math.multiplyExact(Bits.floats(channels), pixels);
  }

  int pixelFloats() {
    return Bits.floats(channels);
  }
}
