// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quench.graph.pattern.AutoPad;
import dev.quench.graph.pattern.CodebookWeights;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.ChannelFunction.Operator;
import dev.quench.xnor.kernel.Geometry;
import dev.quench.xnor.kernel.compile.WarmUp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each kernel that this JVM can run, against sums made one product at a time in double.
class LookupConvolutionTest {
  private static final int BEFORE = 5;
  private static final int TRIALS = 120;

  static List<LookupKernel> kernels() throws ReflectiveOperationException {
    List<LookupKernel> kernels = new ArrayList<>(List.of(new ScalarLookup()));
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
      kernels.add(LookupKernels.vector());
    }
    return kernels;
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void convolvesLikeTheOracle(LookupKernel kernel) {
    SplittableRandom random = new SplittableRandom(4);
    for (int trial = 0; trial < TRIALS; trial++) {
      check(kernel, geometry(random), random, random.nextInt(1, 18));
    }
  }

  /// The sizes of the network in network: 1 x 1, 3 x 3 and 5 x 5.
  @ParameterizedTest
  @MethodSource("kernels")
  void convolvesAtUsualSizes(LookupKernel kernel) {
    SplittableRandom random = new SplittableRandom(5);
    for (int size : new int[] {1, 3, 5}) {
      WindowAxis axis = new WindowAxis(size, 1, 1, size / 2, size / 2, AutoPad.NOTSET, false);
      check(kernel, Geometry.of(new SlidingWindow(List.of(axis, axis)), 14, 14), random, 40);
    }
  }

  /// A window over an image of at least its size.
  private static Geometry geometry(SplittableRandom random) {
    WindowAxis[] axes = new WindowAxis[2];
    int[] sizes = new int[2];
    for (int i = 0; i < 2; i++) {
      int dilation = random.nextInt(1, 3);
      int kernel = random.nextInt(1, 6);
      axes[i] =
          new WindowAxis(
              kernel,
              1,
              dilation,
              random.nextInt(0, 4),
              random.nextInt(0, 4),
              AutoPad.NOTSET,
              false);
      sizes[i] = (kernel - 1) * dilation + random.nextInt(1, 18);
    }
    return Geometry.of(new SlidingWindow(List.of(axes)), sizes[0], sizes[1]);
  }

  private static void check(
      LookupKernel kernel, Geometry geometry, SplittableRandom random, int outputs) {
    int pieces = random.nextInt(1, 4);
    int length = random.nextInt(1, 10);
    int words = random.nextInt(1, 70);
    byte[] codes = new byte[outputs * geometry.taps() * pieces];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) random.nextInt(words);
    }
    byte[] book = new byte[pieces * words * length];
    random.nextBytes(book);
    CodebookWeights weights =
        new CodebookWeights(outputs, geometry.taps(), pieces, words, length, codes, book, 1 / 64f);
    float[] bias = floats(random, outputs);
    float[] in = floats(random, BEFORE + weights.channels() * geometry.pixels());
    float[] out = new float[BEFORE + outputs * geometry.outPixels()];
    float[] slopes = floats(random, outputs);
    ChannelFunction function =
        ChannelFunction.identity(outputs).then(Operator.MULTIPLY, slopes).then(Operator.MAXIMUM, 0);
    int bands = random.nextInt(1, geometry.outHeight() + 2);
    LookupConvolution layer =
        new LookupConvolution(weights, bias, function, geometry, bands, kernel);

    // In any order: a band leaves nothing behind for the next.
    LookupScratch scratch = layer.newScratch();
    for (int band = layer.bands() - 1; band >= 0; band--) {
      layer.compute(in, BEFORE, band, out, BEFORE, scratch);
    }
    layer.compute(in, BEFORE, 0, out, BEFORE, scratch);

    for (int o = 0; o < outputs; o++) {
      for (int pixel = 0; pixel < geometry.outPixels(); pixel++) {
        assertThat((double) out[BEFORE + o * geometry.outPixels() + pixel])
            .as("output %d, pixel %d of %s", o, pixel, geometry)
            .isCloseTo(
                Math.max(0, slopes[o] * expected(weights, bias, geometry, in, o, pixel)),
                within(1e-3));
      }
    }
  }

  private static double expected(
      CodebookWeights weights, float[] bias, Geometry geometry, float[] in, int o, int pixel) {
    double sum = bias[o];
    int columns = geometry.horizontal().kernel();
    for (int t = 0; t < geometry.taps(); t++) {
      int row = geometry.row(pixel / geometry.outWidth(), t / columns);
      int column = geometry.column(pixel % geometry.outWidth(), t % columns);
      if (row >= 0 && row < geometry.height() && column >= 0 && column < geometry.width()) {
        for (int c = 0; c < weights.channels(); c++) {
          int at = (c * geometry.height() + row) * geometry.width() + column;
          sum += (double) weights.at(o, c, t) * in[BEFORE + at];
        }
      }
    }
    return sum;
  }

  private static float[] floats(SplittableRandom random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @Test
  void refusesStrides() {
    WindowAxis axis = new WindowAxis(1, 2, 1, 0, 0, AutoPad.NOTSET, false);
    Geometry geometry = Geometry.of(new SlidingWindow(List.of(axis, axis)), 4, 4);
    CodebookWeights weights = new CodebookWeights(1, 1, 1, 1, 1, new byte[1], new byte[1], 1);

    assertThatThrownBy(() ->
            new LookupConvolution(weights, new float[1], ChannelFunction.identity(1), geometry, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tables need a stride of 1");
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void getsCompiled(LookupKernel kernel) {
    SyntheticLookup work = new SyntheticLookup();
    assertThat(new WarmUp(() -> work.multiply(kernel), () -> {}).compile(Duration.ofMinutes(2)))
        .isTrue();
    assertThat(new WarmUp(() -> work.add(kernel), () -> {}).compile(Duration.ofMinutes(2)))
        .isTrue();
  }

  @Test
  void allocatesNothing() {
    WindowAxis axis = new WindowAxis(3, 1, 1, 1, 1, AutoPad.NOTSET, false);
    Geometry geometry = Geometry.of(new SlidingWindow(List.of(axis, axis)), 9, 9);
    CodebookWeights weights = new CodebookWeights(2, 9, 2, 3, 4, new byte[36], new byte[24], 1);
    LookupConvolution layer =
        new LookupConvolution(
            weights,
            new float[2],
            ChannelFunction.identity(2).then(Operator.MAXIMUM, 0),
            geometry,
            2,
            new ScalarLookup());
    float[] in = new float[8 * 81];
    float[] out = new float[2 * 81];
    LookupScratch scratch = layer.newScratch();

    assertThat(
            new WarmUp(() -> layer.compute(in, 0, 1, out, 0, scratch), () -> {})
                .compile(Duration.ofSeconds(30)))
        .isTrue();
  }
}
