// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RangeMethodTest {
  private static final List<RangeMethod> ALL =
      List.of(RangeMethod.minMax(), RangeMethod.percentile(99.9), RangeMethod.entropy());

  private static float[] gaussian(long seed, int size) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] rectified(float[] values) {
    float[] result = values.clone();
    for (int i = 0; i < result.length; i++) {
      result[i] = Math.max(0f, result[i]);
    }
    return result;
  }

  @Test
  void staysWithinTheLargestMagnitude() {
    for (int seed = 0; seed < 30; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Histogram histogram =
          HistogramTest.of(HistogramTest.anyFloats(random, 1 + random.nextInt(3000)));
      for (RangeMethod method : ALL) {
        double threshold = method.threshold(histogram);
        assertThat(threshold)
            .as("%s, seed %d", method.spelling(), seed)
            .isBetween(0.0, histogram.amax());
        assertThat(threshold == 0).isEqualTo(histogram.amax() == 0);
      }
    }
  }

  @Test
  void isZeroForZerosAndForNothing() {
    for (RangeMethod method : ALL) {
      assertThat(method.threshold(HistogramTest.of(0f, -0f))).isZero();
      assertThat(method.threshold(Histogram.EMPTY)).isZero();
    }
  }

  @Test
  void givesAConstantTensorItsOwnMagnitude() {
    for (RangeMethod method : ALL) {
      assertThat(method.threshold(HistogramTest.of(-0.7f, -0.7f, 0.7f))).isEqualTo(0.7f);
    }
  }

  @Test
  void ignoresHowManyZerosThereAre() {
    float[] few = rectified(gaussian(1, 20_000));
    Histogram sparse = HistogramTest.of(few).merge(HistogramTest.of(new float[2_000_000]));
    for (RangeMethod method : ALL) {
      assertThat(method.threshold(sparse)).isEqualTo(method.threshold(HistogramTest.of(few)));
      assertThat(method.threshold(sparse)).isGreaterThan(2);
    }
  }

  @Test
  void percentileKeepsTheShareItNames() {
    float[] values = gaussian(2, 50_000);
    Histogram histogram = HistogramTest.of(values);
    for (double percent : new double[] {1, 50, 90, 99, 99.9, 100}) {
      double threshold = RangeMethod.percentile(percent).threshold(histogram);
      int kept = 0;
      int keptByABinLess = 0;
      for (float value : values) {
        kept += Math.abs(value) <= threshold ? 1 : 0;
        keptByABinLess += Math.abs(value) < threshold - histogram.binWidth() ? 1 : 0;
      }
      assertThat(kept / 500.0).isGreaterThanOrEqualTo(percent);
      assertThat(keptByABinLess / 500.0).isLessThanOrEqualTo(percent);
    }
  }

  @Test
  void growsWithThePercentile() {
    Histogram histogram = HistogramTest.of(gaussian(3, 10_000));
    double previous = 0;
    for (double percent = 0.5; percent <= 100; percent += 0.5) {
      double threshold = RangeMethod.percentile(percent).threshold(histogram);
      assertThat(threshold).isGreaterThanOrEqualTo(previous);
      previous = threshold;
    }
    assertThat(previous).isEqualTo(histogram.amax());
  }

  @Test
  void entropyCutsOffOutliersThatMinMaxKeeps() {
    float[] values = gaussian(4, 100_000);
    values[17] = 40f;
    Histogram histogram = HistogramTest.of(values);

    assertThat(RangeMethod.minMax().threshold(histogram)).isEqualTo(40);
    assertThat(RangeMethod.entropy().threshold(histogram)).isBetween(2.5, 6.0);
  }

  @Test
  void entropyScalesWithPowersOfTwo() {
    float[] values = gaussian(5, 20_000);
    float[] scaled = values.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= 0x1p-20f;
    }

    assertThat(RangeMethod.entropy().threshold(HistogramTest.of(scaled)))
        .isEqualTo(RangeMethod.entropy().threshold(HistogramTest.of(values)) * 0x1p-20);
  }

  @ParameterizedTest
  @ValueSource(strings = {"minmax", "entropy", "percentile:99.99", "percentile:100.0"})
  void parsesWhatItSpells(String text) {
    assertThat(RangeMethod.parse(text).spelling()).isEqualTo(text);
  }

  @Test
  void parsesADefaultPercentileAndAnyCase() {
    assertThat(RangeMethod.parse("percentile")).isEqualTo(RangeMethod.percentile(99.99));
    assertThat(RangeMethod.parse(" Entropy ")).isEqualTo(RangeMethod.entropy());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "kl",
        "percentile:",
        "percentile:x",
        "percentile:0",
        "percentile:101",
        "percentile:NaN",
        "percentile:-1"
      })
  void refusesWhatIsNoMethod(String text) {
    assertThatThrownBy(() -> RangeMethod.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("percentile");
  }
}
