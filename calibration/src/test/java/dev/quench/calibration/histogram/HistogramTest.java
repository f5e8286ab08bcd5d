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
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

public class HistogramTest {
  private static final float[] SPECIAL = {
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
  private static Histogram naive(double... values) {
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
        any ? SampleExtremes.NONE.with(min, max) : SampleExtremes.NONE);
  }

  /// From the definition alone: exponents from -154 to 1023, 128 bins each, negative values behind.
  private static int smallBin(double value) {
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

  private static double[] widened(float[] values) {
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

  @Nested
  class Merging {
    @Test
    void doesNotDependOnOrderOrOnWhoCountsWhichSample() {
      for (int seed = 0; seed < 30; seed++) {
        SplittableRandom random = new SplittableRandom(seed);
        List<float[]> samples = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
          samples.add(anyFloats(random, random.nextInt(3000)));
        }
        HistogramBuilder all = new HistogramBuilder();
        samples.forEach(sample -> all.add(Tensor.ofFloats(Shape.of(sample.length), sample)));
        Collections.shuffle(samples, new Random(seed));
        Histogram merged = Histogram.EMPTY;
        for (float[] sample : samples) {
          merged = merged.merge(of(sample));
        }

        assertThat(merged).as("seed " + seed).isEqualTo(all.build());
        assertThat(merged.digest()).isEqualTo(all.build().digest());
      }
    }

    @Test
    void ofTheSameValuesInOtherSamplesDiffersInTheMeansOfTheirExtremesAlone() {
      SplittableRandom random = new SplittableRandom(8);
      float[] values = new float[3000];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      Histogram whole = of(values);
      Histogram parts =
          of(Arrays.copyOf(values, 1000)).merge(of(Arrays.copyOfRange(values, 1000, 3000)));

      assertThat(parts.counts()).isEqualTo(whole.counts());
      assertThat(parts.specials()).isEqualTo(whole.specials());
      assertThat(parts.amax()).isEqualTo(whole.amax());
      assertThat(parts.samples()).isEqualTo(2);
      assertThat(parts.sampleExtremes().meanMagnitude()).isLessThan(whole.amax());
    }

    @Test
    void addsUpExtremesExactly() {
      float[][] samples = {{1e30f, -3}, {-1e30f, 0.5f}, {7, 1e-40f}};
      Histogram forward = Histogram.EMPTY;
      Histogram backward = Histogram.EMPTY;
      for (int i = 0; i < samples.length; i++) {
        forward = forward.merge(of(samples[i]));
        backward = backward.merge(of(samples[samples.length - 1 - i]));
      }
      SampleExtremes extremes = forward.sampleExtremes();

      assertThat(backward.sampleExtremes()).isEqualTo(extremes);
      assertThat(extremes.meanHighest()).isEqualTo(((double) 1e30f + 0.5 + 7) / 3);
      assertThat(extremes.meanLowest()).isEqualTo((-3 - (double) 1e30f + 1e-40f) / 3);
      assertThat(extremes.meanMagnitude()).isEqualTo((2 * (double) 1e30f + 7) / 3);
    }

    @Test
    void keepsTheSignsApart() {
      Histogram histogram = of(1f, -1f, -1f, 3f).merge(of(-3f, 0f));

      assertThat(histogram.positives()[BinWidth.index(1, histogram.binExponent())]).isEqualTo(1);
      assertThat(histogram.negatives()[BinWidth.index(1, histogram.binExponent())]).isEqualTo(2);
      assertThat(histogram.counts()[BinWidth.index(3, histogram.binExponent())]).isEqualTo(2);
    }

    @Test
    void isAssociativeAndCommutative() {
      for (int seed = 0; seed < 30; seed++) {
        SplittableRandom random = new SplittableRandom(seed);
        Histogram a = of(anyFloats(random, random.nextInt(50)));
        Histogram b = of(anyFloats(random, random.nextInt(50)));
        Histogram c = of(anyFloats(random, random.nextInt(50)));

        assertThat(a.merge(b)).as("seed " + seed).isEqualTo(b.merge(a));
        assertThat(a.merge(b).merge(c)).as("seed " + seed).isEqualTo(a.merge(b.merge(c)));
        assertThat(a.merge(Histogram.EMPTY)).as("seed " + seed).isEqualTo(a);
      }
    }

    @Test
    void growsFromTheSmallestToTheLargestFloat() {
      Histogram merged = of(Float.MIN_VALUE).merge(of(Float.MAX_VALUE));
      Histogram whole = of(Float.MAX_VALUE, Float.MIN_VALUE);

      assertThat(merged.counts()).isEqualTo(whole.counts());
      assertThat(merged.binExponent()).isEqualTo(whole.binExponent());
      assertThat(merged.min()).isEqualTo(Float.MIN_VALUE);
    }

    @Test
    void ofManyValuesIsCountedOnInLongCounters() {
      for (int seed = 0; seed < 10; seed++) {
        SplittableRandom random = new SplittableRandom(seed);
        HistogramBuilder often =
            new HistogramBuilder(
                random.nextInt(1024, 3000), new HistogramBuilder.Workspace(), false);
        HistogramBuilder never = new HistogramBuilder();
        for (int i = 0; i < 6; i++) {
          float[] values = anyFloats(random, 2000);
          often.add(Tensor.ofFloats(Shape.of(values.length), values));
          never.add(Tensor.ofFloats(Shape.of(values.length), values));
          assertThat(often.build()).as("seed %d, sample %d", seed, i).isEqualTo(never.build());
        }
      }
    }

    @Test
    void ofBuildersThatShareCountersIsTheSame() {
      for (int seed = 0; seed < 20; seed++) {
        SplittableRandom random = new SplittableRandom(seed);
        HistogramBuilder.Workspace workspace = new HistogramBuilder.Workspace();
        List<HistogramBuilder> sharing = new ArrayList<>();
        List<HistogramBuilder> alone = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
          sharing.add(new HistogramBuilder(Integer.MAX_VALUE, workspace, true));
          alone.add(new HistogramBuilder());
        }
        for (int i = 0; i < 40; i++) {
          float[] values = anyFloats(random, random.nextInt(3000));
          Tensor tensor = Tensor.ofFloats(Shape.of(values.length), values);
          int which = random.nextInt(5);
          sharing.get(which).add(tensor);
          alone.get(which).add(tensor);
        }
        for (int i = 0; i < 5; i++) {
          assertThat(sharing.get(i).build())
              .as("seed %d, builder %d", seed, i)
              .isEqualTo(alone.get(i).build());
        }
      }
    }

    @Test
    void knowsSmallValuesByTheirExponentHoweverItGrew() {
      for (int seed = 0; seed < 40; seed++) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[300];
        Histogram merged = Histogram.EMPTY;
        for (int i = 0; i < values.length; i++) {
          values[i] = Math.scalb(random.nextGaussian(), random.nextInt(-170, 150));
          HistogramBuilder one = new HistogramBuilder();
          one.add(Tensor.ofDoubles(Shape.of(1), values[i]));
          merged = merged.merge(one.build());
        }

        assertThat(merged.bins()).as("seed " + seed).isEqualTo(naive(values).bins());
        assertThat(merged.bins().isFine()).isTrue();
      }
    }

    @Test
    void withOneThatLacksTheFinerBinsLacksThemToo() {
      Histogram whole = of(anyFloats(new SplittableRandom(4), 2000));
      Histogram old =
          new Histogram(
              new Bins(whole.binExponent(), whole.bins().linear(), BinCounts.EMPTY),
              new Histogram.Extremes(whole.min(), whole.max()),
              whole.specials(),
              whole.sampleExtremes());
      Histogram other = of(anyFloats(new SplittableRandom(5), 2000));

      assertThat(old.merge(other).bins().small()).isEqualTo(BinCounts.EMPTY);
      assertThat(old.merge(other).counts()).isEqualTo(whole.merge(other).counts());
      assertThat(old.merge(other).merge(whole)).isEqualTo(old.merge(other.merge(whole)));
      assertThat(old.merge(Histogram.EMPTY)).isEqualTo(old);
    }

    @Test
    void countsBeyondAnInt() {
      Histogram histogram = of(1f, 2f, 0f);
      for (int i = 0; i < 40; i++) {
        histogram = histogram.merge(histogram);
      }

      assertThat(histogram.nonZeros()).isEqualTo(2L << 40);
      assertThat(histogram.zeros()).isEqualTo(1L << 40);
    }

    @Test
    void failsRatherThanOverflow() {
      assertThatThrownBy(
              () -> {
                Histogram histogram = of(1f);
                for (int i = 0; i < 64; i++) {
                  histogram = histogram.merge(histogram);
                }
              })
          .isInstanceOf(ArithmeticException.class);
    }
  }
}
