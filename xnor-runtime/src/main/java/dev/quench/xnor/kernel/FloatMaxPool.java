// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import static dev.quench.xnor.kernel.ChannelFunction.Operator.MAXIMUM;

/// Max pooling of NHWC floats; padding is ignored. Immutable, thread-safe.
public final class FloatMaxPool {
  private final int taps;
  private final int stride;

  /// By output pixel and tap: offset from the start of the image; −1 for padding.
  private final int[] offsets;

  public FloatMaxPool(Geometry geometry, int channels) {
    this.taps = geometry.taps();
    this.stride = PackedLayout.floats(channels);
    this.offsets = new int[Math.multiplyExact(geometry.outPixels(), taps)];
    for (int pixel = 0; pixel < geometry.outPixels(); pixel++) {
      geometry.requireInside(pixel);
      for (int tap = 0; tap < taps; tap++) {
        int source = geometry.source(pixel, tap);
        offsets[pixel * taps + tap] = source < 0 ? -1 : Math.multiplyExact(source, stride);
      }
    }
  }

  /// Output pixels per image.
  public int outPixels() {
    return offsets.length / taps;
  }

  /// Pools output pixels `[firstPixel, endPixel)` of one image.
  public void pool(
      Kernel kernel, float[] in, int inAt, float[] out, int outAt, int firstPixel, int endPixel) {
    for (int pixel = firstPixel; pixel < endPixel; pixel++) {
      int to = outAt + pixel * stride;
      int seen = 0;
      int before = 0;
      for (int tap = pixel * taps; tap < (pixel + 1) * taps; tap++) {
        if (offsets[tap] < 0) {
          continue;
        }
        int from = inAt + offsets[tap];
        if (seen == 0) {
          before = from;
        } else {
          kernel.elementwise(MAXIMUM, seen == 1 ? in : out, before, in, from, out, to, stride);
          before = to;
        }
        seen++;
      }
      if (seen == 1) {
        System.arraycopy(in, before, out, to, stride);
      }
    }
  }
}
