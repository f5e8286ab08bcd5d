// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import java.util.Arrays;

/// Decoded pixels, one byte per channel, rows from the top. Immutable, thread-safe; equality is by
/// content.
public final class RawImage {
  private final int width;
  private final int height;
  private final int channels;
  private final byte[] samples;

  private RawImage(int width, int height, int channels, byte[] samples) {
    this.width = width;
    this.height = height;
    this.channels = channels;
    this.samples = samples;
  }

  /// @param channels 1 for gray, 3 for red, green, blue
  /// @param samples `[height, width, channels]`, unsigned; copied
  /// @throws IllegalArgumentException if sizes and samples do not fit
  public static RawImage of(int width, int height, int channels, byte[] samples) {
    return owning(width, height, channels, samples.clone());
  }

  /// Like [#of], without a copy: the samples must not change.
  static RawImage owning(int width, int height, int channels, byte[] samples) {
    if (width < 1
        || height < 1
        || (channels != 1 && channels != 3)
        || (long) width * height * channels != samples.length) {
      throw new IllegalArgumentException(
          "an image of %d x %d pixels and %d channels with %d samples; expected 1 or 3 channels and one sample for each"
              .formatted(width, height, channels, samples.length));
    }
    return new RawImage(width, height, channels, samples);
  }

  public int width() {
    return width;
  }

  public int height() {
    return height;
  }

  /// 1 for gray, 3 for red, green, blue.
  public int channels() {
    return channels;
  }

  /// A level, 0 to 255.
  public int at(int x, int y, int channel) {
    return Byte.toUnsignedInt(samples[(y * width + x) * channels + channel]);
  }

  /// The samples, not copied; do not modify them.
  public byte[] samples() {
    return samples;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RawImage image
        && width == image.width
        && channels == image.channels
        && Arrays.equals(samples, image.samples);
  }

  @Override
  public int hashCode() {
    return 31 * width + Arrays.hashCode(samples);
  }

  /// For example `image 640 x 480 x 3`.
  @Override
  public String toString() {
    return "image " + width + " x " + height + " x " + channels;
  }

  /// Turned upright by an EXIF orientation: 1 changes nothing; 2 mirrors left and right, 3 turns by
  /// half, 4 mirrors top and bottom, 5 swaps rows and columns, 6 turns right, 7 swaps along the
  /// other diagonal, 8 turns left.
  public RawImage turned(int orientation) {
    if (orientation == 1) {
      return this;
    }
    boolean swapped = orientation >= 5;
    int toWidth = swapped ? height() : width();
    int toHeight = swapped ? width() : height();
    boolean fromRight =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    boolean fromBottom =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    byte[] from = samples();
    byte[] to = new byte[from.length];
    int at = 0;
    for (int y = 0; y < toHeight; y++) {
      for (int x = 0; x < toWidth; x++) {
        int storedX = swapped ? y : x;
        int storedY = swapped ? x : y;
        storedX = fromRight ? width() - 1 - storedX : storedX;
        storedY = fromBottom ? height() - 1 - storedY : storedY;
        int pixel = (storedY * width() + storedX) * channels();
        for (int channel = 0; channel < channels(); channel++) {
          to[at++] = from[pixel + channel];
        }
      }
    }
    return owning(toWidth, toHeight, channels(), to);
  }
}
