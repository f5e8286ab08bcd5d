// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

public class HistogramTest {
  static final float[] SPECIAL = {
    0f,
    -0f,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MIN_NORMAL,
    Math.nextDown(Float.MIN_NORMAL),
    1f,
    Math.nextDown(1f),
    Math.nextUp(1f),
    -1f,
    4096f,
    2048f,
    Math.nextDown(2048f),
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
  };

  public static Histogram of(float... values) {
    HistogramBuilder builder = new HistogramBuilder();
    builder.add(Tensor.ofFloats(Shape.of(values.length), values));
    return builder.build();
  }

  /// Counts one value at a time from the definition alone, with the final width known in advance.
  static Histogram naive(double... values) {
    double min = 0;
    double max = 0;
    boolean any = false;
    for (double value : values) {
      if (Double.isFinite(value)) {
        min = any ? Math.min(min, value) : value;
        max = any ? Math.max(max, value) : value;
        any = true;
      }
    }
    double amax = Math.max(Math.abs(min), Math.abs(max));
    int exponent = -160;
    while (amax >= Math.scalb(4096.0, exponent)) {
      exponent++;
    }
    long[] counts = new long[8192];
    SortedMap<Integer, Long> small = new TreeMap<>();
    long zeros = 0;
    long nans = 0;
    long positive = 0;
    long negative = 0;
    for (double value : values) {
      if (Double.isNaN(value)) {
        nans++;
      } else if (Double.isInfinite(value)) {
        positive += value > 0 ? 1 : 0;
        negative += value < 0 ? 1 : 0;
      } else if (value == 0) {
        zeros++;
      } else {
        int bin = (int) Math.floor(Math.abs(value) / Math.scalb(1.0, exponent));
        counts[value > 0 ? bin : 4096 + bin]++;
        if (bin < 128) {
          small.merge(smallBin(value), 1L, Long::sum);
        }
      }
    }
    BinCounts.Writer linear = new BinCounts.Writer();
    for (int i = 0; i < counts.length; i++) {
      linear.add(i, counts[i]);
    }
    BinCounts.Writer packedSmall = new BinCounts.Writer();
    small.forEach(packedSmall::add);
    return new Histogram(
        new Bins(exponent, linear.done(), packedSmall.done()),
        new Histogram.Extremes(min + 0.0, max + 0.0),
        new Histogram.Specials(zeros, nans, positive, negative),
        any ? extremes(min, max) : SampleExtremes.NONE);
  }

  /// From the definition alone: exponents from -154 to 1023, 128 bins each, negative values behind.
  static int smallBin(double value) {
    int exponent = Math.getExponent(value);
    int bin =
        exponent < -154
            ? 0
            : (exponent + 154) * 128
                + (int) Math.floor((Math.scalb(Math.abs(value), -exponent) - 1) * 128);
    return value > 0 ? bin : 1178 * 128 + bin;
  }

  public static float[] anyFloats(SplittableRandom random, int size) {
    float[] values = new float[size];
    int spread = random.nextInt(1, 250);
    int base = random.nextInt(0, 255 - spread);
    for (int i = 0; i < size; i++) {
      values[i] =
          random.nextInt(50) == 0
              ? SPECIAL[random.nextInt(SPECIAL.length)]
              : Float.intBitsToFloat(
                  random.nextInt(2) << 31
                      | base + random.nextInt(spread) << 23
                      | random.nextInt(1 << 23));
    }
    return values;
  }

  static double[] widened(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  @Nested
  class Counting {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 63, 64, 65, 2047, 2048, 2049, 5000})
    void agreesWithTheDefinition(int size) {
      for (int seed = 0; seed < 40; seed++) {
        float[] values = anyFloats(new SplittableRandom(seed), size);

        assertThat(of(values)).as("seed " + seed).isEqualTo(naive(widened(values)));
      }
    }

    @Test
    void countsEverySpecialValueAlone() {
      for (float value : SPECIAL) {
        assertThat(of(value)).as("value " + value).isEqualTo(naive(value));
      }
    }

    @Test
    void putsAValueOnAnEdgeIntoTheUpperBin() {
      Histogram histogram = of(4095f, 7f, Math.nextDown(7f));

      assertThat(histogram.binWidth()).isEqualTo(1.0);
      assertThat(histogram.counts()[7]).isEqualTo(1);
      assertThat(histogram.counts()[6]).isEqualTo(1);
      assertThat(histogram.usedBins()).isEqualTo(4096);
    }

    @Test
    void holdsTheLargestFloatInItsUpperHalf() {
      Histogram histogram = of(Float.MAX_VALUE, 1f);

      assertThat(histogram.amax()).isEqualTo(Float.MAX_VALUE);
      assertThat(histogram.usedBins()).isEqualTo(4096);
      assertThat(histogram.counts()[0]).isEqualTo(1);
    }

    @Test
    void usesHalfOfTheBinsAtLeast() {
      for (float amax : new float[] {Float.MIN_VALUE, 1e-40f, 1e-10f, 1f, 1.99f, 3e38f}) {
        assertThat(of(amax).usedBins()).isBetween(2049, 4096);
      }
    }

    @Test
    void keepsTheExactRangeWithItsSigns() {
      Histogram histogram = of(-3.25f, 0.1f, 2.5f);

      assertThat(histogram.min()).isEqualTo(-3.25);
      assertThat(histogram.max()).isEqualTo(2.5);
      assertThat(histogram.amax()).isEqualTo(3.25);
      assertThat(of(-3f, -1f).max()).isEqualTo(-1.0);
      assertThat(of(3f, 1f).min()).isEqualTo(1.0);
    }

    @Test
    void countsZerosOfBothSignsApart() {
      Histogram histogram = of(0f, -0f, 1f);

      assertThat(histogram.zeros()).isEqualTo(2);
      assertThat(histogram.nonZeros()).isEqualTo(1);
      assertThat(histogram.counts()[0]).isZero();
      assertThat(of(-0f)).isEqualTo(of(0f));
    }

    @Test
    void countsNonFiniteValuesApartAndLeavesThemOutOfTheRange() {
      Histogram histogram =
          of(Float.NaN, Float.intBitsToFloat(0xFFC0_0001), Float.POSITIVE_INFINITY, 2f, -1f);

      assertThat(histogram.nans()).isEqualTo(2);
      assertThat(histogram.infinities()).isEqualTo(1);
      assertThat(histogram.finiteValues()).isEqualTo(2);
      assertThat(histogram.amax()).isEqualTo(2.0);
    }

    @Test
    void ofNothingIsEmpty() {
      assertThat(of()).isEqualTo(Histogram.EMPTY);
      assertThat(Histogram.EMPTY.usedBins()).isZero();
      assertThat(of(0f).amax()).isZero();
      assertThat(of(0f)).isNotEqualTo(Histogram.EMPTY);
    }

    @Test
    void readsNativeMemory() {
      float[] values = anyFloats(new SplittableRandom(7), 3000);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
        HistogramBuilder builder = new HistogramBuilder();
        builder.add(Tensor.of(DataType.FLOAT, Shape.of(3, 1000), bytes));

        assertThat(builder.build()).isEqualTo(of(values));
      }
    }

    @ParameterizedTest
    @EnumSource(
        value = DataType.class,
        names = {"FLOAT16", "BFLOAT16", "FLOAT8E4M3FN", "FLOAT8E5M2", "DOUBLE"})
    void widensOtherFloatingTypesExactly(DataType type) {
      SplittableRandom random = new SplittableRandom(type.onnxCode());
      byte[] bytes = new byte[(int) type.byteSize(3000)];
      random.nextBytes(bytes);
      Tensor tensor = Tensor.of(type, Shape.of(3000), MemorySegment.ofArray(bytes));
      HistogramBuilder builder = new HistogramBuilder();
      builder.add(tensor);

      assertThat(builder.build()).isEqualTo(naive(tensor.toDoubles()));
    }

    @Test
    void keepsDoublesBelowTheSmallestFloat() {
      HistogramBuilder builder = new HistogramBuilder();
      builder.add(Tensor.ofDoubles(Shape.of(2), Double.MIN_VALUE, -1e-300));
      Histogram histogram = builder.build();

      assertThat(histogram.counts()[0]).isEqualTo(2);
      assertThat(histogram.min()).isEqualTo(-1e-300);
      assertThat(histogram.usedBins()).isEqualTo(1);
    }

    @Test
    void refusesIntegers() {
      assertThatThrownBy(() -> new HistogramBuilder().add(Tensor.vector(1, 2)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("INT64");
    }
  }

  @Test
  void countsValuesOfAnyOctaveWhileTheRangeGrowsThroughAllOfThem() {
    for (int seed = 0; seed < 6; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      HistogramBuilder builder = new HistogramBuilder();
      List<Double> all = new ArrayList<>();
      for (int octave = -149; octave < 127; octave += 1 + random.nextInt(12)) {
        float[] values = new float[200];
        for (int i = 0; i < values.length; i++) {
          int below = random.nextInt(1 + Math.min(60, octave + 149));
          float magnitude = Math.scalb(1 + random.nextFloat(), octave - below);
          values[i] = random.nextBoolean() ? magnitude : -magnitude;
          all.add((double) values[i]);
        }
        builder.add(Tensor.ofFloats(Shape.of(values.length), values));
      }
      Histogram expected = naive(all.stream().mapToDouble(Double::doubleValue).toArray());

      assertThat(builder.build().bins()).as("seed " + seed).isEqualTo(expected.bins());
    }
  }

  private static SampleExtremes extremes(double min, double max) {
    SampleExtremes.Sums sums = new SampleExtremes.Sums();
    sums.add(min, max);
    return sums.sums();
  }
}
