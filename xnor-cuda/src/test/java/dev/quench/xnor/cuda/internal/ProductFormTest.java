// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.testing.Property;
import dev.quench.xnor.cuda.ConvolutionShape;
import dev.quench.xnor.cuda.PackedBits;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The formulas of the kernels in plain Java, against one value at a time.
class ProductFormTest {
  @ParameterizedTest
  @EnumSource
  void givesTheSumsOfConvolutions(ProductForm form) {
    Property.check(
        "form " + form,
        60,
        (random, size) -> {
          int side = 1 + random.nextInt(3);
          int dilation = 1 + random.nextInt(2);
          int extent = (side - 1) * dilation + 1;
          check(
              form,
              random,
              new ConvolutionShape(
                  1 + random.nextInt(2),
                  extent + random.nextInt(1 + size / 8),
                  extent + random.nextInt(1 + size / 8),
                  1 + random.nextInt(1 + size),
                  1 + random.nextInt(4),
                  side,
                  side,
                  1 + random.nextInt(3),
                  dilation,
                  random.nextInt(3)));
        });
  }

  private static void check(ProductForm form, SplittableRandom random, ConvolutionShape shape) {
    PackedBits input = NaiveProducts.bits(random, shape.inPixels(), shape.inChannels());
    PackedBits weights =
        NaiveProducts.bits(random, shape.outChannels() * shape.taps(), shape.inChannels());
    Borders borders = Borders.of(shape);
    int[] bases = borders.bases(weights, form);
    byte[] classes = borders.byPixel();
    int[] sums = new int[shape.outPixels() * shape.outChannels()];
    for (int i = 0; i < sums.length; i++) {
      int pixel = i / shape.outChannels();
      int channel = i % shape.outChannels();
      int count = 0;
      int ones = 0;
      for (int tap = 0; tap < shape.taps(); tap++) {
        int source = source(shape, pixel, tap);
        for (int word = 0; word < weights.wordsPerRow(); word++) {
          int left = source < 0 ? 0 : input.word(source, word);
          int right = weights.word(channel * shape.taps() + tap, word);
          ones += Integer.bitCount(left);
          count += Integer.bitCount(form == ProductForm.XOR ? left ^ right : left & right);
        }
      }
      int border = Byte.toUnsignedInt(classes[pixel % classes.length]);
      int base = bases[border * shape.outChannels() + channel];
      sums[i] = form == ProductForm.XOR ? base - 2 * count : base - 2 * ones + 4 * count;
    }
    assertThat(sums)
        .as(shape.toString())
        .isEqualTo(NaiveProducts.convolution(shape, input, weights));
  }

  private static int source(ConvolutionShape shape, int pixel, int tap) {
    int perImage = shape.outHeight() * shape.outWidth();
    int y =
        pixel % perImage / shape.outWidth() * shape.stride()
            - shape.padding()
            + tap / shape.kernelWidth() * shape.dilation();
    int x =
        pixel % shape.outWidth() * shape.stride()
            - shape.padding()
            + tap % shape.kernelWidth() * shape.dilation();
    boolean inside = y >= 0 && y < shape.height() && x >= 0 && x < shape.width();
    return inside ? (pixel / perImage * shape.height() + y) * shape.width() + x : -1;
  }

  @Test
  void threeByThreeMeetsTheBorderInNineWays() {
    assertThat(Borders.of(ConvolutionShape.threeByThree(1, 5, 7, 1, 1)).classes()).isEqualTo(9);
    assertThat(Borders.of(ConvolutionShape.threeByThree(1, 1, 1, 1, 1)).classes()).isEqualTo(1);
  }
}
