// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.histogram.HistogramTest;
import dev.quench.calibration.table.TensorRange;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class AutoChoiceTest {
  private static final int SIZE = 100_000;

  private static float[] values(long seed, DoubleUnaryOperator ofGaussian) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[SIZE];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) ofGaussian.applyAsDouble(random.nextGaussian());
    }
    return values;
  }

  private static double threshold(float... values) {
    return RangeMethod.auto().threshold(HistogramTest.of(values));
  }

  /// Noise of one threshold by the definition, on the middles of bins.
  private static double noise(Histogram histogram, double threshold, double clippingWeight) {
    double scale = threshold / 127;
    double signal = 0;
    double noise = 0;
    long[] counts = histogram.counts();
    for (int i = 0; i < histogram.usedBins(); i++) {
      double value = (i + 0.5) * histogram.binWidth();
      double error = Math.min(127, Math.rint(value / scale)) * scale - value;
      signal += counts[i] * value * value;
      noise += counts[i] * error * error * (value > threshold ? clippingWeight : 1);
    }
    return noise / signal;
  }

  @Test
  void isWithinATenthOfADecibelOfTheLeastWeightedNoiseAndClipsLeast() {
    for (int seed = 0; seed < 24; seed++) {
      Histogram histogram = RangeMethodTest.anyHistogram(new SplittableRandom(100 + seed));
      double weight = Math.min(1, 1e-3 / noise(histogram, histogram.amax(), 1));
      double least =
          RangeMethod.Auto.DEFAULT.stream()
              .mapToDouble(method -> noise(histogram, method.threshold(histogram), weight))
              .min()
              .orElseThrow();
      double expected =
          RangeMethod.Auto.DEFAULT.stream()
              .mapToDouble(method -> method.threshold(histogram))
              .filter(
                  threshold -> noise(histogram, threshold, weight) <= least * Math.pow(10, 0.01))
              .max()
              .orElseThrow();

      assertThat(RangeMethod.auto().threshold(histogram)).as("seed " + seed).isEqualTo(expected);
      TensorRange range = TensorRange.of("x", Optional.empty(), RangeMethod.auto(), histogram);
      assertThat(RangeMethod.parse(range.method()).threshold(histogram)).isEqualTo(expected);
    }
  }

  @Test
  void doesNotPickOneMethodForAll() {
    Set<String> chosen = new HashSet<>();
    for (int seed = 0; seed < 30; seed++) {
      Histogram histogram = RangeMethodTest.anyHistogram(new SplittableRandom(seed));
      chosen.add(RangeMethod.auto().resolved(histogram).spelling());
    }

    assertThat(chosen).hasSizeGreaterThan(1);
  }

  @Test
  void keepsAnImage() {
    float[] pixels = values(1, gaussian -> Math.rint(255 / (1 + Math.exp(-2 * gaussian))) / 255);

    assertThat(threshold(pixels)).isGreaterThan(0.98);
  }

  @Test
  void keepsTheFewHighScoresOfAMap() {
    float[] map = values(2, gaussian -> gaussian > 2.2 ? 0.9 + gaussian / 100 : 0.01);

    assertThat(threshold(map)).isGreaterThan(0.92);
  }

  /// As behind a normalization, where one channel carries more than all others.
  @Test
  void clipsRareValuesThatAreNotFarFromTheOthersByATenthAtMost() {
    float[] values = values(3, gaussian -> gaussian > 3.8 ? 10 + gaussian : gaussian);

    assertThat(RangeMethod.entropy().threshold(HistogramTest.of(values))).isLessThan(6);
    assertThat(threshold(values)).isGreaterThan(0.9 * 14.2);
  }

  /// As behind HardSwish in the last layers of a text recognizer: the tail holds the power.
  @Test
  void givesMostValuesLevelsWhereATailHoldsThePower() {
    float[] values = values(4, gaussian -> gaussian * Math.exp(gaussian * gaussian / 4.2));
    Histogram histogram = HistogramTest.of(values);

    assertThat(threshold(values)).isLessThan(0.6 * histogram.amax());
    assertThat(threshold(values))
        .isLessThanOrEqualTo(RangeMethod.meanSquaredError().threshold(histogram));
  }

  @Test
  void weighsClippedValuesInFullUpToTwentyFiveDecibels() {
    assertThat(AutoChoice.clippingWeight(0)).isEqualTo(1);
    assertThat(AutoChoice.clippingWeight(3e-3)).isEqualTo(1);
    assertThat(AutoChoice.clippingWeight(12e-3)).isEqualTo(0.25);
  }

  @Test
  void choosesTheSameForAnySplitOfTheValues() {
    for (int seed = 0; seed < 40; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      double tail = random.nextDouble(0.3, 4);
      float[] values =
          values(seed, gaussian -> Math.signum(gaussian) * Math.pow(Math.abs(gaussian), tail));
      int[] cuts = random.ints(5, 0, values.length).sorted().toArray();
      Histogram merged = Histogram.EMPTY;
      int from = 0;
      for (int i = 0; i <= cuts.length; i++) {
        int to = i < cuts.length ? cuts[i] : values.length;
        // The later part first, so that bins widen in another order.
        merged = HistogramTest.of(Arrays.copyOfRange(values, from, to)).merge(merged);
        from = to;
      }
      Histogram whole = HistogramTest.of(values);
      RangeMethod chosen = RangeMethod.auto().resolved(merged);
      if (!(chosen instanceof RangeMethod.AverageMinMax)) {
        // The average is over samples, which the cuts made more of.
        assertThat(chosen).as("seed " + seed).isEqualTo(RangeMethod.auto().resolved(whole));
      }
    }
  }
}
