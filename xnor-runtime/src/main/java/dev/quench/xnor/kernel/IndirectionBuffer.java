// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Input offset of each tap of each output pixel, in place of an im2col copy, and the border class
/// of each output pixel.
///
/// A border class is a set of taps that lie inside the input; a 3×3 window with padding 1 has nine.
/// Output pixels of one class see the same padding.
public final class IndirectionBuffer {
  /// A larger table would need more memory than the network itself.
  private static final int LIMIT = 1 << 28;

  final int pixels;
  final int taps;

  /// By output pixel and tap: word offset from the start of the image; 0, the row of zeros, for
  /// padding.
  final int[] offsets;

  /// Border class by output pixel.
  final int[] classOf;

  /// By border class: the taps that lie inside the input.
  final List<boolean[]> classes;

  private IndirectionBuffer(
      int pixels, int taps, int[] offsets, int[] classOf, List<boolean[]> classes) {
    this.pixels = pixels;
    this.taps = taps;
    this.offsets = offsets;
    this.classOf = classOf;
    this.classes = classes;
  }

  /// @param words of one input pixel
  /// @throws IllegalArgumentException if the table would be too large
  public static IndirectionBuffer of(Geometry geometry, int words) {
    int pixels = geometry.outPixels();
    int taps = geometry.taps();
    if ((long) pixels * taps > LIMIT) {
      throw new IllegalArgumentException(
          "the offset table for a window of %d taps over %d pixels is too large; split the image"
              .formatted(taps, pixels));
    }
    int[] offsets = new int[pixels * taps];
    int[] classOf = new int[pixels];
    List<boolean[]> classes = new ArrayList<>();
    Map<String, Integer> known = new HashMap<>();
    for (int pixel = 0; pixel < pixels; pixel++) {
      boolean[] inside = new boolean[taps];
      for (int tap = 0; tap < taps; tap++) {
        int source = geometry.source(pixel, tap);
        inside[tap] = source >= 0;
        offsets[pixel * taps + tap] = source < 0 ? 0 : (source + 1) * words;
      }
      classOf[pixel] =
          known.computeIfAbsent(
              Arrays.toString(inside),
              _ -> {
                classes.add(inside);
                return classes.size() - 1;
              });
    }
    return new IndirectionBuffer(pixels, taps, offsets, classOf, classes);
  }

  /// Combines several images of one output pixel each: their pixels form one row, so that a dense
  /// layer fills the tiles of the kernels.
  ///
  /// @param imageWords distance in words from the start of one image to the next
  IndirectionBuffer stacked(int images, int imageWords) {
    int[] stacked = new int[Math.multiplyExact(images, taps)];
    for (int image = 0; image < images; image++) {
      for (int tap = 0; tap < taps; tap++) {
        // Padded taps of an image read its row of zeros.
        stacked[image * taps + tap] = image * imageWords + offsets[tap];
      }
    }
    return new IndirectionBuffer(images, taps, stacked, new int[images], classes);
  }

  /// Number of border classes.
  public int classes() {
    return classes.size();
  }
}
