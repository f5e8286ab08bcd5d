// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quench.testing.Property;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ResamplingTest {
  @Test
  void enlargesBilinearlyBetweenPixelCentres() {
    assertThat(row(Interpolation.BILINEAR, 4, 0, 100)).containsExactly(0, 25, 75, 100);
  }

  @Test
  void shrinksBilinearlyFromTwoPixelsWithoutAntialias() {
    // Centres at 2 and 6 of eight pixels: half of pixels 1 and 2, half of 5 and 6.
    assertThat(row(Interpolation.BILINEAR, 2, 0, 10, 20, 30, 40, 50, 60, 70))
        .containsExactly(15, 55);
  }

  @Test
  void shrinksWithATriangleAsWideAsTheScale() {
    // Centre 1, radius 2: weights 3/4, 3/4, 1/4 of pixels 0, 1, 2.
    assertThat(row(Interpolation.BILINEAR_ANTIALIAS, 2, 0, 100, 200, 40))
        .containsExactly(
            (int) Math.rint((75 + 50) / 1.75), (int) Math.rint((25 + 150 + 30) / 1.75));
  }

  @Test
  void averagesTheAreaThatAPixelCovers() {
    assertThat(row(Interpolation.AREA, 2, 0, 30, 60)).containsExactly(10, 50);
  }

  @Test
  void takesTheNearestPixel() {
    assertThat(row(Interpolation.NEAREST, 2, 1, 2, 3, 4, 5, 6)).containsExactly(2, 5);
    assertThat(row(Interpolation.NEAREST, 4, 1, 2)).containsExactly(1, 1, 2, 2);
  }

  @Test
  void weighsFourPixelsByTheCubic() {
    // The middle of five positions over four pixels is halfway between pixels 1 and 2, where the
    // weights are -1/16, 9/16, 9/16, -1/16.
    float[] resized =
        Resampling.resize(
            new float[] {16, 80, 112, 32}, 1, 1, 4, 1, 5, Interpolation.BICUBIC_ANTIALIAS);

    assertThat(resized[2]).isCloseTo(-1 + 45 + 63 - 2, within(1e-4f));
  }

  @ParameterizedTest
  @EnumSource
  void keepsAConstantAndTheRange(Interpolation interpolation) {
    Property.check(
        "resampling keeps constants " + interpolation,
        40,
        (random, size) -> {
          int width = 1 + random.nextInt(size + 1);
          int height = 1 + random.nextInt(size + 1);
          int toWidth = 1 + random.nextInt(40);
          int toHeight = 1 + random.nextInt(40);
          byte[] samples = new byte[width * height * 3];
          byte level = (byte) random.nextInt(256);
          Arrays.fill(samples, level);

          RawImage image = RawImage.of(width, height, 3, samples);
          RawImage resized = Resampling.resize(image, toWidth, toHeight, interpolation);

          byte[] expected = new byte[toWidth * toHeight * 3];
          Arrays.fill(expected, level);
          assertThat(resized).isEqualTo(RawImage.of(toWidth, toHeight, 3, expected));
        });
  }

  @Test
  void agreesWithANaiveBilinearOfEachPixel() {
    Property.check(
        "bilinear as by hand",
        60,
        (random, size) -> {
          int width = 1 + random.nextInt(size + 1);
          int height = 1 + random.nextInt(size + 1);
          int toWidth = 1 + random.nextInt(30);
          int toHeight = 1 + random.nextInt(30);
          float[] values = new float[width * height];
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
          }

          float[] resized =
              Resampling.resize(
                  values, 1, height, width, toHeight, toWidth, Interpolation.BILINEAR);

          for (int y = 0; y < toHeight; y++) {
            for (int x = 0; x < toWidth; x++) {
              double expected =
                  bilinear(
                      values,
                      width,
                      height,
                      (x + 0.5) * width / toWidth - 0.5,
                      (y + 0.5) * height / toHeight - 0.5);
              assertThat((double) resized[y * toWidth + x]).isCloseTo(expected, within(1e-5));
            }
          }
        });
  }

  private static double bilinear(float[] values, int width, int height, double x, double y) {
    double cx = Math.clamp(x, 0, width - 1);
    double cy = Math.clamp(y, 0, height - 1);
    int x0 = (int) cx;
    int y0 = (int) cy;
    int x1 = Math.min(width - 1, x0 + 1);
    int y1 = Math.min(height - 1, y0 + 1);
    double fx = cx - x0;
    double fy = cy - y0;
    return (1 - fy) * ((1 - fx) * values[y0 * width + x0] + fx * values[y0 * width + x1])
        + fy * ((1 - fx) * values[y1 * width + x0] + fx * values[y1 * width + x1]);
  }

  private static int[] row(Interpolation interpolation, int toWidth, int... levels) {
    byte[] samples = new byte[levels.length];
    for (int i = 0; i < levels.length; i++) {
      samples[i] = (byte) levels[i];
    }
    RawImage resized =
        Resampling.resize(RawImage.of(levels.length, 1, 1, samples), toWidth, 1, interpolation);
    int[] row = new int[toWidth];
    for (int x = 0; x < toWidth; x++) {
      row[x] = resized.at(x, 0, 0);
    }
    return row;
  }
}
