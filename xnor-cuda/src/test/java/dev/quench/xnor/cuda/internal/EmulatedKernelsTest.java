// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.testing.Property;
import dev.quench.xnor.cuda.BinaryKernel;
import dev.quench.xnor.cuda.ConvolutionShape;
import dev.quench.xnor.cuda.PackedBits;
import dev.quench.xnor.cuda.Thresholds;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The kernels' own text, run on the CPU with the launches and tables that a GPU gets.
@Tag("emulation")
class EmulatedKernelsTest {
  @TempDir static Path folder;

  private static Path library;

  @BeforeAll
  static void compile() throws Exception {
    library = EmulatedDevice.compile(folder);
  }

  @ParameterizedTest
  @CsvSource({"POPCOUNT,false", "TENSOR_CORES,false", "TENSOR_CORES,true"})
  void multiplyMatricesExactly(BinaryKernel kernel, boolean and) {
    int[][] sizes = {
      {1, 1, 1},
      {1, 64, 256},
      {16, 16, 257},
      {17, 33, 31},
      {63, 65, 513},
      {65, 64, 32},
      {64, 130, 1030},
      {129, 127, 770},
      {130, 200, 1600},
      {200, 31, 255}
    };
    for (int[] size : sizes) {
      var random = new SplittableRandom(size[0]);
      checkGemm(kernel, and, random, size[0], size[1], size[2]);
    }
    Property.check(
        "gemm " + kernel + and,
        20,
        (random, size) ->
            checkGemm(
                kernel,
                and,
                random,
                1 + random.nextInt(1 + 8 * size),
                1 + random.nextInt(1 + 8 * size),
                1 + random.nextInt(1 + 60 * size)));
  }

  private static void checkGemm(
      BinaryKernel kernel, boolean and, SplittableRandom random, int rows, int columns, int depth) {
    float[] values = NaiveProducts.values(random, rows * depth);
    PackedBits left = PackedBits.of(values, rows, depth);
    PackedBits weights = NaiveProducts.bits(random, columns, depth);
    Thresholds thresholds = NaiveProducts.thresholds(random, columns);
    int[] expected = NaiveProducts.gemm(left, weights);
    PackedBits signs = NaiveProducts.signs(expected, rows, thresholds);
    String what = "%d x %d x %d".formatted(rows, columns, depth);
    try (Device device = EmulatedDevice.load(library, and);
        DeviceBits input = DeviceBits.tiles(device, rows, depth);
        Packing packing = new Packing(device, input);
        DeviceWeights onDevice = DeviceWeights.dense(device, kernel, weights);
        Output sums = Output.sums(device, rows, columns);
        DeviceBits output = DeviceBits.tiles(device, rows, columns);
        Output bits = Output.bits(device, output, thresholds);
        Product toSums = Product.gemm(device, kernel, input, onDevice, sums);
        Product toBits = Product.gemm(device, kernel, input, onDevice, bits)) {
      packing.write(values);
      packing.run();
      packing.requireNumbers();
      assertThat(input.read()).as(what).isEqualTo(left);
      assertThat(input.readCounts()).as(what).isEqualTo(negatives(left));
      toSums.run();
      int[] received = new int[rows * columns];
      device.read(sums.sums, received);
      assertThat(received).as(what).isEqualTo(expected);
      for (int run = 0; run < 2; run++) {
        toBits.run();
        assertThat(output.read()).as(what).isEqualTo(signs);
        assertThat(output.readCounts()).as(what).isEqualTo(negatives(signs));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"POPCOUNT,false", "TENSOR_CORES,false", "TENSOR_CORES,true"})
  void convolveExactlyWithZeroPadding(BinaryKernel kernel, boolean and) {
    checkConvolution(
        kernel, and, new SplittableRandom(1), ConvolutionShape.threeByThree(2, 9, 11, 64, 70));
    checkConvolution(
        kernel, and, new SplittableRandom(2), ConvolutionShape.threeByThree(1, 1, 1, 3, 1));
    checkConvolution(
        kernel, and, new SplittableRandom(3), new ConvolutionShape(1, 7, 5, 40, 33, 3, 3, 2, 2, 2));
    Property.check(
        "convolution " + kernel + and,
        20,
        (random, size) -> {
          int kernelHeight = 1 + random.nextInt(4);
          int kernelWidth = 1 + random.nextInt(4);
          int dilation = 1 + random.nextInt(2);
          checkConvolution(
              kernel,
              and,
              random,
              new ConvolutionShape(
                  1 + random.nextInt(3),
                  (kernelHeight - 1) * dilation + 1 + random.nextInt(1 + size / 2),
                  (kernelWidth - 1) * dilation + 1 + random.nextInt(1 + size / 2),
                  1 + random.nextInt(1 + 6 * size),
                  1 + random.nextInt(1 + 5 * size),
                  kernelHeight,
                  kernelWidth,
                  1 + random.nextInt(2),
                  dilation,
                  random.nextInt(3)));
        });
  }

  private static void checkConvolution(
      BinaryKernel kernel, boolean and, SplittableRandom random, ConvolutionShape shape) {
    float[] values = NaiveProducts.values(random, shape.inPixels() * shape.inChannels());
    PackedBits input = PackedBits.of(values, shape.inPixels(), shape.inChannels());
    PackedBits weights =
        NaiveProducts.bits(random, shape.outChannels() * shape.taps(), shape.inChannels());
    Thresholds thresholds = NaiveProducts.thresholds(random, shape.outChannels());
    int[] expected = NaiveProducts.convolution(shape, input, weights);
    PackedBits signs = NaiveProducts.signs(expected, shape.outPixels(), thresholds);
    try (Device device = EmulatedDevice.load(library, and);
        DeviceBits onDevice = DeviceBits.pixels(device, shape.inPixels(), shape.inChannels());
        Packing packing = new Packing(device, onDevice);
        DeviceWeights kernels = DeviceWeights.convolution(device, kernel, shape, weights);
        Output sums = Output.sums(device, shape.outPixels(), shape.outChannels());
        DeviceBits output = DeviceBits.pixels(device, shape.outPixels(), shape.outChannels());
        Output bits = Output.bits(device, output, thresholds);
        Product toSums = Product.convolution(device, kernel, shape, onDevice, kernels, sums);
        Product toBits = Product.convolution(device, kernel, shape, onDevice, kernels, bits)) {
      packing.write(values);
      packing.run();
      packing.requireNumbers();
      assertThat(onDevice.read()).as(shape.toString()).isEqualTo(input);
      toSums.run();
      int[] received = new int[expected.length];
      device.read(sums.sums, received);
      assertThat(received).as(shape.toString()).isEqualTo(expected);
      toBits.run();
      assertThat(output.read()).as(shape.toString()).isEqualTo(signs);
      assertThat(output.readCounts()).as(shape.toString()).isEqualTo(negatives(signs));
    }
  }

  @Test
  void packingFindsWhatIsNotANumber() {
    try (Device device = EmulatedDevice.load(library, false);
        DeviceBits bits = DeviceBits.tiles(device, 3, 300);
        Packing packing = new Packing(device, bits)) {
      float[] values = new float[900];
      values[899] = Float.NaN;
      packing.write(values);
      packing.run();
      assertThatThrownBy(packing::requireNumbers)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("NaN");
      packing.write(new float[900]);
      packing.run();
      packing.requireNumbers();
    }
  }

  private static int[] negatives(PackedBits bits) {
    return IntStream.range(0, bits.rows()).map(bits::negatives).toArray();
  }
}
