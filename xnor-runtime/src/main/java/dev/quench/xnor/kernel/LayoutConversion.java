// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Copies one image between the NCHW floats of the graph, packed bits and NHWC floats.
public final class LayoutConversion {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private LayoutConversion() {}

  /// Converts bits to NCHW floats ±1.
  ///
  /// @param from first pixel in `bits`
  /// @param image number of the image in `nchw`
  public static void bitsToNchw(
      int[] bits, int from, int channels, int pixels, MemorySegment nchw, int image) {
    int words = PackedLayout.words(channels);
    for (int channel = 0; channel < channels; channel++) {
      long to = 4L * pixels * ((long) image * channels + channel);
      for (int pixel = 0; pixel < pixels; pixel++) {
        int word = bits[from + pixel * words + channel / Integer.SIZE];
        nchw.set(FLOAT, to + 4L * pixel, 1 - 2 * ((word >>> channel) & 1));
      }
    }
  }

  /// Converts NHWC floats to NCHW floats.
  ///
  /// @param from first pixel in `nhwc`
  /// @param image number of the image in `nchw`
  public static void nhwcToNchw(
      float[] nhwc, int from, int channels, int pixels, MemorySegment nchw, int image) {
    int stride = PackedLayout.floats(channels);
    for (int channel = 0; channel < channels; channel++) {
      long to = 4L * pixels * ((long) image * channels + channel);
      for (int pixel = 0; pixel < pixels; pixel++) {
        nchw.set(FLOAT, to + 4L * pixel, nhwc[from + pixel * stride + channel]);
      }
    }
  }

  /// Converts NCHW floats to NHWC floats.
  ///
  /// @param image number of the image in `nchw`
  /// @param to first pixel in `nhwc`
  public static void nchwToNhwc(
      MemorySegment nchw, int image, int channels, int pixels, float[] nhwc, int to) {
    int stride = PackedLayout.floats(channels);
    for (int channel = 0; channel < channels; channel++) {
      long from = 4L * pixels * ((long) image * channels + channel);
      for (int pixel = 0; pixel < pixels; pixel++) {
        nhwc[to + pixel * stride + channel] = nchw.get(FLOAT, from + 4L * pixel);
      }
    }
  }
}
