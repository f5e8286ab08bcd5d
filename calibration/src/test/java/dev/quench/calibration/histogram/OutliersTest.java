// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quench.calibration.method.RangeMethod;
import dev.quench.run.AsymmetricRange;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutliersTest {
  private static float[] gaussian(long seed, int size) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] with(float[] values, float... outliers) {
    float[] all = Arrays.copyOf(values, values.length + outliers.length);
    System.arraycopy(outliers, 0, all, values.length, outliers.length);
    return all;
  }

  private static double exactPercentile(float[] values, double percent) {
    double[] magnitudes =
        IntStream.range(0, values.length)
            .mapToDouble(i -> Math.abs(values[i]))
            .filter(value -> value > 0)
            .sorted()
            .toArray();
    return magnitudes[(int) Math.ceil(magnitudes.length * percent / 100) - 1];
  }

  @ParameterizedTest
  @CsvSource({
    "1e6, 99.9",
    "1e6, 99",
    "1e6, 50",
    "3e38, 99.9",
    "3e38, 99.99",
    "500, 99.9",
    "-1e4, 99.5",
  })
  void doNotMovePercentiles(float outlier, double percent) {
    float[] values = with(gaussian(1, 60_000), outlier);

    assertThat(RangeMethod.percentile(percent).threshold(HistogramTest.of(values)))
        .isCloseTo(exactPercentile(values, percent), Percentage.withPercentage(0.8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"entropy", "mse", "auto", "percentile:99.9", "percentile:99"})
  void hardlyMoveThresholds(String spelling) {
    RangeMethod method = RangeMethod.parse(spelling);
    for (float unit : new float[] {1e-20f, 1e-3f, 1, 1e4f}) {
      for (int seed = 0; seed < 8; seed++) {
        float[] values = gaussian(seed, 50_000);
        for (int i = 0; i < values.length; i++) {
          values[i] = seed % 2 == 0 ? values[i] * unit : Math.max(0, values[i]) * unit;
        }
        double alone = method.threshold(HistogramTest.of(values));

        assertThat(method.threshold(HistogramTest.of(with(values, 1e6f * unit, -3e5f * unit))))
            .as("seed %d, unit %s", seed, unit)
            .isCloseTo(alone, Percentage.withPercentage(spelling.startsWith("p") ? 2.5 : 20));
      }
    }
  }

  @Test
  void doNotMoveAsymmetricRanges() {
    float[] values = gaussian(3, 50_000);
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] > 0 ? values[i] : values[i] / 10;
    }
    AsymmetricRange alone = RangeMethod.percentile(99.9).asymmetric(HistogramTest.of(values));
    AsymmetricRange range =
        RangeMethod.percentile(99.9).asymmetric(HistogramTest.of(with(values, 1e5f)));

    assertThat(range.high()).isCloseTo(alone.high(), Percentage.withPercentage(1));
    assertThat(range.low()).isCloseTo(alone.low(), Percentage.withPercentage(2));
  }

  @Test
  void areWhatLiesBeyondAGap() {
    Outliers outliers =
        HistogramTest.of(with(gaussian(4, 20_000), 1e4f, -2e4f, 3e4f)).outliers().orElseThrow();

    assertThat(outliers.count()).isEqualTo(3);
    assertThat(outliers.isTail()).isFalse();
    assertThat(outliers.percentile()).isCloseTo(3.3, within(0.15));
    assertThat(outliers.others().nonZeros()).isEqualTo(20_000);
    assertThat(outliers.others().amax()).isBetween(3.5, 5.0);
  }

  @Test
  void areNoneWhereLargeValuesAreATail() {
    float[] values = new float[100_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.pow(1e-6, i / 100_000.0) * (i < 60 ? 1 : 1e-3f);
    }
    for (int i = 60; i < 90; i++) {
      values[i] = (float) Math.pow(1e-3, (i - 60) / 30.0);
    }
    Histogram histogram = HistogramTest.of(values);

    assertThat(histogram.outliers().orElseThrow().isTail()).isTrue();
    assertThat(RangeMethod.meanSquaredError().threshold(histogram)).isGreaterThan(0.1);
  }

  @Test
  void areNotLookedForBelowSixtyFourTimesThePercentile() {
    for (int seed = 0; seed < 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      float[] values = gaussian(seed, 5_000 + random.nextInt(50_000));
      double percentile = exactPercentile(values, 99.9);
      float largest = (float) (63.99 * percentile);

      assertThat(HistogramTest.of(with(values, largest)).outliers()).as("seed " + seed).isEmpty();
      assertThat(HistogramTest.of(with(values, (float) (66 * percentile))).outliers())
          .as("seed " + seed)
          .isPresent();
    }
  }

  @Test
  void areNoneAmongFewValues() {
    assertThat(HistogramTest.of(1f, 2f, 1e9f).outliers()).isEmpty();
    assertThat(HistogramTest.of().outliers()).isEmpty();
    assertThat(HistogramTest.of(0f, 0f).outliers()).isEmpty();
  }

  @Test
  void cannotBeToldInAHistogramWithoutFinerBins() {
    Histogram whole = HistogramTest.of(with(gaussian(5, 20_000), 1e6f));
    Histogram old =
        new Histogram(
            new Bins(whole.binExponent(), whole.bins().linear(), BinCounts.EMPTY),
            new Histogram.Extremes(whole.min(), whole.max()),
            whole.specials(),
            whole.sampleExtremes());

    assertThat(old.outliers().orElseThrow().isCoarse()).isTrue();
    assertThat(RangeMethod.percentile(99.9).threshold(old)).isEqualTo(256);
  }

  @Test
  void stayForMinMax() {
    Histogram histogram = HistogramTest.of(with(gaussian(6, 20_000), 1e6f));

    assertThat(RangeMethod.minMax().threshold(histogram)).isEqualTo(1e6);
  }
}
