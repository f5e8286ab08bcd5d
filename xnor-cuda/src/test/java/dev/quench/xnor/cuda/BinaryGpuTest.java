// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.testing.Property;
import dev.quench.xnor.cuda.internal.NaiveProducts;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The kernels on a real GPU, equal to one value at a time.
@Tag("gpu")
class BinaryGpuTest {
  private static BinaryGpu gpu;

  @BeforeAll
  static void open() {
    gpu = BinaryGpu.open();
  }

  @AfterAll
  static void close() {
    if (gpu != null) {
      gpu.close();
    }
  }

  private static List<BinaryKernel> kernels() {
    return gpu.fastest() == BinaryKernel.POPCOUNT
        ? List.of(BinaryKernel.POPCOUNT)
        : List.of(BinaryKernel.values());
  }

  @Test
  void multipliesMatricesExactly() {
    int[][] sizes = {
      {1, 1, 1}, {1, 4096, 784}, {63, 65, 513}, {65, 64, 32}, {129, 127, 770}, {300, 520, 4097}
    };
    for (int[] size : sizes) {
      checkGemm(new SplittableRandom(size[0]), size[0], size[1], size[2]);
    }
    Property.check(
        "gemm on a GPU",
        40,
        (random, size) ->
            checkGemm(
                random,
                1 + random.nextInt(1 + 10 * size),
                1 + random.nextInt(1 + 10 * size),
                1 + random.nextInt(1 + 60 * size)));
  }

  private static void checkGemm(SplittableRandom random, int rows, int columns, int depth) {
    float[] values = NaiveProducts.values(random, rows * depth);
    PackedBits left = PackedBits.of(values, rows, depth);
    PackedBits weights = NaiveProducts.bits(random, columns, depth);
    Thresholds thresholds = NaiveProducts.thresholds(random, columns);
    int[] expected = NaiveProducts.gemm(left, weights);
    for (BinaryKernel kernel : kernels()) {
      String what = "%s %d x %d x %d".formatted(kernel, rows, columns, depth);
      try (BinaryGemm sums = gpu.gemm(weights, rows, kernel);
          BinaryGemm signs = gpu.gemm(weights, rows, kernel, thresholds)) {
        assertThat(sums.sums(values)).as(what).isEqualTo(expected);
        assertThat(sums.sums(left)).as(what).isEqualTo(expected);
        assertThat(signs.signs(values))
            .as(what)
            .isEqualTo(NaiveProducts.signs(expected, rows, thresholds));
      }
    }
  }

  @Test
  void convolvesExactlyWithZeroPadding() {
    checkConvolution(new SplittableRandom(1), ConvolutionShape.threeByThree(2, 14, 15, 256, 130));
    checkConvolution(new SplittableRandom(2), new ConvolutionShape(3, 9, 7, 70, 65, 3, 3, 2, 1, 1));
    checkConvolution(new SplittableRandom(3), new ConvolutionShape(1, 11, 8, 33, 9, 5, 2, 1, 2, 2));
  }

  private static void checkConvolution(SplittableRandom random, ConvolutionShape shape) {
    float[] values = NaiveProducts.values(random, shape.inPixels() * shape.inChannels());
    PackedBits input = PackedBits.of(values, shape.inPixels(), shape.inChannels());
    PackedBits weights =
        NaiveProducts.bits(random, shape.outChannels() * shape.taps(), shape.inChannels());
    Thresholds thresholds = NaiveProducts.thresholds(random, shape.outChannels());
    int[] expected = NaiveProducts.convolution(shape, input, weights);
    for (BinaryKernel kernel : kernels()) {
      try (BinaryConvolution sums = gpu.convolution(shape, weights, kernel);
          BinaryConvolution signs = gpu.convolution(shape, weights, kernel, thresholds)) {
        assertThat(sums.sums(values)).as(kernel + " " + shape).isEqualTo(expected);
        assertThat(sums.sums(input)).as(kernel + " " + shape).isEqualTo(expected);
        assertThat(signs.signs(values))
            .as(kernel + " " + shape)
            .isEqualTo(NaiveProducts.signs(expected, shape.outPixels(), thresholds));
      }
    }
  }

  @Test
  void refusesWhatHasNoSignAndUseAfterClose() {
    PackedBits weights = NaiveProducts.bits(new SplittableRandom(4), 2, 3);
    BinaryGemm gemm = gpu.gemm(weights, 1, BinaryKernel.POPCOUNT);
    assertThatThrownBy(() -> gemm.sums(new float[] {1, Float.NaN, 2}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NaN");
    assertThatThrownBy(() -> gemm.signs(new float[3])).isInstanceOf(IllegalStateException.class);
    gemm.close();
    gemm.close();
    assertThatThrownBy(() -> gemm.sums(new float[3]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }
}
