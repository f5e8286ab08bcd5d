// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.pattern.AutoPad;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each kernel that this JVM can run, against sums made one product at a time.
class KernelDuelTest {
  /// Where an image starts in the arrays of these tests: anywhere but 0.
  private static final int BEFORE = 5;

  private static final int[] CHANNELS = {1, 3, 31, 32, 33, 63, 64, 65, 96, 127, 128, 130, 160};

  static List<Kernel> kernels() throws ReflectiveOperationException {
    boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    return present
        ? List.of(Kernels.scalar(), Kernels.vector(), Kernels.chosen())
        : List.of(Kernels.scalar(), Kernels.chosen());
  }

  @Test
  void vectorKernelIsChosenWhereItsModuleIs() {
    boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    assertThat(Kernels.chosen().description().startsWith("Vector API")).isEqualTo(present);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void convolvesLikeTheOracle(Kernel kernel) {
    SplittableRandom random = new SplittableRandom(1);
    for (int trial = 0; trial < 150; trial++) {
      check(kernel, randomConvolution(random), random);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void multipliesMatricesOfAwkwardSizes(Kernel kernel) {
    SplittableRandom random = new SplittableRandom(2);
    for (int channels : CHANNELS) {
      for (int pixels : new int[] {1, 2, 3, 5, 6, 7, 8, 9, 12, 15, 17}) {
        int out = CHANNELS[random.nextInt(CHANNELS.length)];
        Geometry geometry = Geometry.of(SlidingWindow.whole(1, 1), 1, pixels);
        boolean ternary = random.nextBoolean();
        check(kernel, new NaiveConvolution(random, geometry, channels, out, 1, ternary), random);
      }
    }
  }

  static Stream<Kernel> packingKernels() throws ReflectiveOperationException {
    return kernels().stream();
  }

  @ParameterizedTest
  @MethodSource("packingKernels")
  void packsRowsAndPlanesAlike(Kernel kernel) {
    SplittableRandom random = new SplittableRandom(3);
    for (int channels : CHANNELS) {
      for (int pixels : new int[] {1, 7, 16, 17, 49}) {
        int stride = PackedLayout.floats(channels);
        int words = PackedLayout.words(channels);
        ChannelFunction affine =
            ChannelFunction.identity(channels)
                .then(ChannelFunction.Operator.MULTIPLY, -2)
                .then(ChannelFunction.Operator.ADD, 0.5f);
        float[] planes = new float[2 * channels * pixels];
        Arrays.fill(planes, Float.NaN);
        float[] rows = new float[pixels * stride];
        Arrays.fill(rows, -7); // stays in the pad
        int[] expected = new int[pixels * words];
        for (int pixel = 0; pixel < pixels; pixel++) {
          for (int channel = 0; channel < channels; channel++) {
            float value = random.nextInt(4) == 0 ? -0.0f : (float) random.nextDouble(-1, 1);
            rows[pixel * stride + channel] = value;
            // The second image of two.
            planes[(channels + channel) * pixels + pixel] =
                value == 0 ? 0.25f : (value - 0.5f) / -2;
            if (value < 0) {
              expected[pixel * words + channel / 32] |= 1 << channel;
            }
          }
        }
        int[] fromRows = new int[pixels * words];
        assertThat(kernel.packNhwc(rows.clone(), 0, channels, pixels, fromRows, 0)).isTrue();
        assertThat(fromRows).isEqualTo(expected);
        NchwSource source = new NchwSource(affine, pixels).at(MemorySegment.ofArray(planes), 1);
        int[] fromPlanes = new int[BEFORE + pixels * words];
        int half = pixels / 2;
        assertThat(kernel.packNchw(source, 0, half, fromPlanes, BEFORE)).isTrue();
        assertThat(kernel.packNchw(source, half, pixels, fromPlanes, BEFORE)).isTrue();
        assertThat(Arrays.copyOfRange(fromPlanes, BEFORE, fromPlanes.length)).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void combinesFloatsOneByOne(Kernel kernel) {
    float[] left = {0, -0.0f, 1.5f, Float.NaN, -3, Float.POSITIVE_INFINITY, 1e30f, 7};
    float[] right = {-0.0f, 0, -2, 1, 3, Float.NEGATIVE_INFINITY, 1e30f, Float.NaN};
    int length = 96;
    float[] a = new float[length + 3];
    float[] b = new float[length + 5];
    for (int i = 0; i < length; i++) {
      a[3 + i] = left[i % 8];
      b[5 + i] = right[(i + i / 8) % 8];
    }
    for (ChannelFunction.Operator operator : ChannelFunction.Operator.values()) {
      float[] expected = new float[length];
      for (int i = 0; i < length; i++) {
        float x = a[3 + i];
        float y = b[5 + i];
        expected[i] =
            switch (operator) {
              case MULTIPLY -> x * y;
              case ADD -> x + y;
              case MAXIMUM -> y > x ? y : x;
              case MINIMUM -> y < x ? y : x;
              case LEAKY_RELU -> x < 0 ? x * y : x;
            };
      }
      float[] out = new float[length + 1];
      kernel.elementwise(operator, a, 3, b, 5, out, 1, length);
      assertThat(Arrays.copyOfRange(out, 1, out.length)).isEqualTo(expected);
      float[] inPlace = a.clone();
      kernel.elementwise(operator, inPlace, 3, b, 5, inPlace, 3, length);
      assertThat(Arrays.copyOfRange(inPlace, 3, inPlace.length)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void noticesNotANumber(Kernel kernel) {
    float[] values = new float[64];
    values[37] = Float.NaN;
    assertThat(kernel.packNhwc(values, 0, 38, 1, new int[2], 0)).isFalse();
    NchwSource source = new NchwSource(ChannelFunction.identity(1), 64);
    source.at(MemorySegment.ofArray(values), 0);
    assertThat(kernel.packNchw(source, 0, 37, new int[64], 0)).isTrue();
    assertThat(kernel.packNchw(source, 0, 38, new int[64], 0)).isFalse();
  }

  private static WindowAxis randomAxis(SplittableRandom random) {
    return new WindowAxis(
        1 + random.nextInt(3),
        1 + random.nextInt(2),
        1 + random.nextInt(2),
        random.nextInt(3),
        random.nextInt(3),
        AutoPad.NOTSET,
        false);
  }

  private static NaiveConvolution randomConvolution(SplittableRandom random) {
    SlidingWindow window = new SlidingWindow(List.of(randomAxis(random), randomAxis(random)));
    Geometry geometry = Geometry.of(window, 5 + random.nextInt(6), 5 + random.nextInt(6));
    int groups = random.nextInt(3) == 0 ? 1 + random.nextInt(5) : 1;
    int channels = groups * (1 + random.nextInt(groups > 1 ? 40 : 140));
    int outChannels = groups * (1 + random.nextInt(groups > 1 ? 40 : 140));
    return new NaiveConvolution(
        random, geometry, channels, outChannels, groups, random.nextInt(3) == 0);
  }

  /// Compares bits and floats of all output pixels, computed in two parts.
  private static void check(Kernel kernel, NaiveConvolution naive, SplittableRandom random) {
    WeightPanels weights = naive.panels();
    int out = naive.outChannels;
    ChannelFunction function = randomFunction(random, out);
    int[] largest = new int[out];
    Arrays.setAll(largest, weights::largestSum);
    SignThresholds rule = SignThresholds.of(function, largest);
    BinaryConvolution toBits = BinaryConvolution.toBits(naive.geometry, 1, weights, rule);
    BinaryConvolution toFloats = BinaryConvolution.toFloats(naive.geometry, 1, weights, function);
    int pixels = naive.geometry.outPixels();
    int words = PackedLayout.words(out);
    int[] in = naive.packedInput(BEFORE);
    int[] bits = new int[BEFORE + pixels * words];
    float[] floats = new float[BEFORE + pixels * words * 32];
    int half = random.nextInt(pixels + 1);
    for (BinaryConvolution layer : List.of(toBits, toFloats)) {
      kernel.compute(layer, in, BEFORE, bits, floats, BEFORE, 0, half, 0, weights.panels);
      kernel.compute(layer, in, BEFORE, bits, floats, BEFORE, half, pixels, 0, weights.panels);
    }
    int[] expectedBits = new int[BEFORE + pixels * words];
    for (int pixel = 0; pixel < pixels; pixel++) {
      for (int channel = 0; channel < out; channel++) {
        float expected = function.apply(channel, naive.sum(channel, pixel));
        assertThat(floats[BEFORE + pixel * words * 32 + channel]).isEqualTo(expected);
        if (expected < 0) {
          expectedBits[BEFORE + pixel * words + channel / 32] |= 1 << channel;
        }
      }
    }
    assertThat(bits).isEqualTo(expectedBits);
  }

  private static ChannelFunction randomFunction(SplittableRandom random, int channels) {
    float[] factor = new float[channels];
    float[] summand = new float[channels];
    for (int c = 0; c < channels; c++) {
      factor[c] = random.nextInt(8) == 0 ? 0 : (float) random.nextDouble(-1, 1);
      summand[c] = random.nextInt(8) == 0 ? 0 : (float) random.nextDouble(-6, 6);
    }
    return ChannelFunction.identity(channels)
        .then(ChannelFunction.Operator.MULTIPLY, factor)
        .then(ChannelFunction.Operator.ADD, summand);
  }
}
