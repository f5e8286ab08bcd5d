// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Copies one image between the NCHW floats of the graph, packed bits and NHWC floats.
public final class Layouts {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private Layouts() {}

  /// Bits to NCHW floats ±1.
  ///
  /// @param from first pixel in `bits`
  /// @param image number of the image in `planes`
  public static void bitsToPlanes(
      int[] bits, int from, int channels, int pixels, MemorySegment planes, int image) {
    int words = Bits.words(channels);
    for (int channel = 0; channel < channels; channel++) {
      long to = 4L * pixels * ((long) image * channels + channel);
      for (int pixel = 0; pixel < pixels; pixel++) {
        int word = bits[from + pixel * words + channel / Integer.SIZE];
        planes.set(FLOAT, to + 4L * pixel, 1 - 2 * ((word >>> channel) & 1));
      }
    }
  }

  /// NHWC floats to NCHW floats.
  ///
  /// @param from first pixel in `rows`
  /// @param image number of the image in `planes`
  public static void rowsToPlanes(
      float[] rows, int from, int channels, int pixels, MemorySegment planes, int image) {
    int stride = Bits.floats(channels);
    for (int channel = 0; channel < channels; channel++) {
      long to = 4L * pixels * ((long) image * channels + channel);
      for (int pixel = 0; pixel < pixels; pixel++) {
        planes.set(FLOAT, to + 4L * pixel, rows[from + pixel * stride + channel]);
      }
    }
  }

  /// NCHW floats to NHWC floats.
  ///
  /// @param image number of the image in `planes`
  /// @param to first pixel in `rows`
  public static void planesToRows(
      MemorySegment planes, int image, int channels, int pixels, float[] rows, int to) {
    int stride = Bits.floats(channels);
    for (int channel = 0; channel < channels; channel++) {
      long from = 4L * pixels * ((long) image * channels + channel);
      for (int pixel = 0; pixel < pixels; pixel++) {
        rows[to + pixel * stride + channel] = planes.get(FLOAT, from + 4L * pixel);
      }
    }
  }
}
