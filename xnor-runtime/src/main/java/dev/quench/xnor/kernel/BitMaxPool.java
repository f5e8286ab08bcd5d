// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

/// Max pooling of packed signs. The maximum of ±1 values is −1 only if all are −1, which is the AND
/// of their bits. If a descending function turns the values pooled in the graph into signs, the
/// sign of their maximum is −1 if any sign is −1, which is the OR. Padding is ignored. Immutable,
/// thread-safe.
public final class BitMaxPool {
  private final int taps;
  private final int words;

  /// By output pixel and tap: word offset from the start of the image; −1 for padding.
  private final int[] offsets;

  /// By word of a pixel: mask of the channels that are OR-ed.
  private final int[] any;

  /// @param any by channel: whether a single −1 makes the result −1
  public BitMaxPool(Geometry geometry, boolean[] any) {
    this.taps = geometry.taps();
    this.words = PackedLayout.words(any.length);
    this.any = new int[words];
    for (int channel = 0; channel < any.length; channel++) {
      this.any[channel / Integer.SIZE] |= (any[channel] ? 1 : 0) << channel;
    }
    this.offsets = new int[Math.multiplyExact(geometry.outPixels(), taps)];
    for (int pixel = 0; pixel < geometry.outPixels(); pixel++) {
      geometry.requireInside(pixel);
      for (int tap = 0; tap < taps; tap++) {
        int source = geometry.source(pixel, tap);
        offsets[pixel * taps + tap] = source < 0 ? -1 : (source + 1) * words;
      }
    }
  }

  /// Output pixels per image.
  public int outPixels() {
    return offsets.length / taps;
  }

  /// Pools one image.
  ///
  /// @param inAt start of the image, which is its row of zeros
  /// @param outAt first output pixel
  public void pool(int[] in, int inAt, int[] out, int outAt) {
    int pixels = outPixels();
    for (int pixel = 0; pixel < pixels; pixel++) {
      for (int word = 0; word < words; word++) {
        int all = -1;
        int some = 0;
        for (int tap = 0; tap < taps; tap++) {
          int offset = offsets[pixel * taps + tap];
          if (offset >= 0) {
            int bits = in[inAt + offset + word];
            all &= bits;
            some |= bits;
          }
        }
        out[outAt + pixel * words + word] = (all & ~any[word]) | (some & any[word]);
      }
    }
  }
}
