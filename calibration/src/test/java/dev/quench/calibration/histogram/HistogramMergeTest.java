// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import static dev.quench.calibration.histogram.HistogramTest.anyFloats;
import static dev.quench.calibration.histogram.HistogramTest.naive;
import static dev.quench.calibration.histogram.HistogramTest.of;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Merged histograms are those of all values.
class HistogramMergeTest {
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
          new HistogramBuilder(random.nextInt(1024, 3000), new HistogramBuilder.Workspace(), false);
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
