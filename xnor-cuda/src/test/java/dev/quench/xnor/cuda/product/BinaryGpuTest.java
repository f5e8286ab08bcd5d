// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.testing.Property;
import dev.quench.xnor.cuda.BinaryKernel;
import dev.quench.xnor.cuda.ConvolutionShape;
import dev.quench.xnor.cuda.PackedBits;
import dev.quench.xnor.cuda.Thresholds;
import dev.quench.xnor.cuda.internal.NaiveProducts;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The kernels on a real GPU, equal to one value at a time.
@Tag("gpu")
public class BinaryGpuTest {
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

  private static Stream<BinaryKernel> kernels() {
    return gpu.fastest() == BinaryKernel.POPCOUNT
        ? Stream.of(BinaryKernel.POPCOUNT)
        : Stream.of(BinaryKernel.values());
  }

  private static Stream<Arguments> products() {
    int[][] sizes = {
      {1, 1, 1}, {1, 4096, 784}, {63, 65, 513}, {65, 64, 32}, {129, 127, 770}, {300, 520, 4097}
    };
    return kernels()
        .flatMap(kernel ->
            Arrays.stream(sizes).map(size -> Arguments.of(kernel, size[0], size[1], size[2])));
  }

  @ParameterizedTest
  @MethodSource("products")
  void multipliesMatricesExactly(BinaryKernel kernel, int rows, int columns, int depth) {
    checkGemm(kernel, new SplittableRandom(rows), rows, columns, depth);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void multipliesMatricesOfAnySizeExactly(BinaryKernel kernel) {
    Property.check(
        "gemm on a GPU",
        40,
        (random, size) ->
            checkGemm(
                kernel,
                random,
                1 + random.nextInt(1 + 10 * size),
                1 + random.nextInt(1 + 10 * size),
                1 + random.nextInt(1 + 60 * size)));
  }

  private static void checkGemm(
      BinaryKernel kernel, SplittableRandom random, int rows, int columns, int depth) {
    float[] values = NaiveProducts.values(random, rows * depth);
    PackedBits left = PackedBits.of(values, rows, depth);
    PackedBits weights = NaiveProducts.bits(random, columns, depth);
    Thresholds thresholds = NaiveProducts.thresholds(random, columns);
    int[] expected = NaiveProducts.gemm(left, weights);
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

  @ParameterizedTest
  @MethodSource("kernels")
  void comparesWithTheLeastAndTheGreatestThresholds(BinaryKernel kernel) {
    int[] bounds = {Integer.MIN_VALUE, Integer.MAX_VALUE, -70, -69, 70, 71, 0};
    boolean[] flipped = {false, true, true, false, false, true, false};
    Thresholds thresholds = new Thresholds(bounds, flipped);
    SplittableRandom random = new SplittableRandom(5);
    PackedBits left = NaiveProducts.bits(random, 70, 70);
    PackedBits weights = NaiveProducts.bits(random, bounds.length, 70);
    int[] expected = NaiveProducts.gemm(left, weights);
    try (BinaryGemm signs = gpu.gemm(weights, 70, kernel, thresholds)) {
      assertThat(signs.signs(left)).isEqualTo(NaiveProducts.signs(expected, 70, thresholds));
    }
  }

  private static Stream<Arguments> convolutions() {
    ConvolutionShape[] shapes = {
      ConvolutionShape.threeByThree(2, 14, 15, 256, 130),
      ConvolutionShape.threeByThree(1, 1, 1, 3, 1),
      new ConvolutionShape(3, 9, 7, 70, 65, 3, 3, 2, 1, 1),
      new ConvolutionShape(1, 11, 8, 33, 9, 5, 2, 1, 2, 2),
      new ConvolutionShape(1, 7, 5, 40, 33, 3, 3, 2, 2, 2),
      new ConvolutionShape(4, 8, 8, 512, 512, 1, 1, 1, 1, 0)
    };
    return kernels()
        .flatMap(kernel -> Arrays.stream(shapes).map(shape -> Arguments.of(kernel, shape)));
  }

  @ParameterizedTest
  @MethodSource("convolutions")
  void convolvesExactlyWithZeroPadding(BinaryKernel kernel, ConvolutionShape shape) {
    SplittableRandom random = new SplittableRandom(shape.inChannels());
    float[] values = NaiveProducts.values(random, shape.inPixels() * shape.inChannels());
    PackedBits input = PackedBits.of(values, shape.inPixels(), shape.inChannels());
    PackedBits weights =
        NaiveProducts.bits(random, shape.outChannels() * shape.taps(), shape.inChannels());
    Thresholds thresholds = NaiveProducts.thresholds(random, shape.outChannels());
    int[] expected = NaiveProducts.convolution(shape, input, weights);
    try (BinaryConvolution sums = gpu.convolution(shape, weights, kernel);
        BinaryConvolution signs = gpu.convolution(shape, weights, kernel, thresholds)) {
      assertThat(sums.sums(values)).isEqualTo(expected);
      assertThat(sums.sums(input)).isEqualTo(expected);
      assertThat(signs.signs(values))
          .isEqualTo(NaiveProducts.signs(expected, shape.outPixels(), thresholds));
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
