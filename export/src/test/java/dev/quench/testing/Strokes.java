// SPDX-License-Identifier: Apache-2.0
package dev.quench.testing;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Images like writing, without a font: dark horizontal and vertical strokes in lines on white.
public final class Strokes {
  private static final float WHITE = 1;
  private static final float INK = -0.9f;

  private Strokes() {}

  /// @param shape `[N, C, H, W]`
  /// @return pixels in `[-1, 1]`, all channels alike
  public static Tensor image(Shape shape, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long[] sizes = shape.sizes();
    int height = (int) sizes[2];
    int width = (int) sizes[3];
    float[] plane = new float[height * width];
    Arrays.fill(plane, WHITE);
    int glyph = Math.min(24, height / 2);
    for (int top = glyph / 2; top + glyph < height; top += 2 * glyph) {
      for (int left = glyph; left + glyph < width; left += glyph) {
        for (int stroke = 0; stroke < 4; stroke++) {
          boolean upright = random.nextBoolean();
          int at = random.nextInt(glyph - 4);
          int from = random.nextInt(glyph / 2);
          int to = from + glyph / 3;
          for (int i = from; i < to; i++) {
            for (int thick = 0; thick < 3; thick++) {
              int y = top + (upright ? i : at + thick);
              int x = left + (upright ? at + thick : i);
              plane[y * width + x] = INK;
            }
          }
        }
      }
    }
    float[] pixels = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = plane[i % plane.length];
    }
    return Tensor.ofFloats(shape, pixels);
  }
}
