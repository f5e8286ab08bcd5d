// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.histogram.HistogramTest;
import dev.quench.calibration.table.TensorRange;
import dev.quench.run.AsymmetricRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RangeMethodTest {
  private static final List<RangeMethod> ALL =
      List.of(
          RangeMethod.minMax(),
          RangeMethod.averageMinMax(),
          RangeMethod.percentile(99.9),
          RangeMethod.entropy(),
          RangeMethod.meanSquaredError(),
          RangeMethod.auto());

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
    float[] many = Arrays.copyOf(few, 2_000_000);
    Histogram sparse = HistogramTest.of(many);
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
  @ValueSource(
      strings = {
        "minmax",
        "entropy",
        "percentile:99.99",
        "percentile:100.0",
        "minmax:average",
        "entropy:tensorrt",
        "mse",
        "auto",
        "auto:minmax+percentile:99.9"
      })
  void parsesWhatItSpells(String text) {
    assertThat(RangeMethod.parse(text).spelling()).isEqualTo(text);
  }

  @Test
  void parsesADefaultPercentileAndAnyCase() {
    assertThat(RangeMethod.parse("percentile")).isEqualTo(RangeMethod.percentile(99.99));
    assertThat(RangeMethod.parse(" Entropy ")).isEqualTo(RangeMethod.entropy());
  }

  @Test
  void averagesTheLargestMagnitudesOfSamples() {
    Histogram histogram =
        HistogramTest.of(1f, -4f).merge(HistogramTest.of(2f, 0f)).merge(HistogramTest.of(-3f, 5f));

    assertThat(RangeMethod.averageMinMax().threshold(histogram)).isEqualTo((4 + 2 + 5) / 3.0);
    assertThat(RangeMethod.averageMinMax().asymmetric(histogram))
        .isEqualTo(new AsymmetricRange((-4 + 0 - 3) / 3.0, (1 + 2 + 5) / 3.0));
  }

  @Test
  void averagesTheSameBitsInAnyOrder() {
    SplittableRandom random = new SplittableRandom(6);
    List<Histogram> samples = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      samples.add(
          HistogramTest.of((float) Math.scalb(random.nextGaussian(), random.nextInt(-60, 60))));
    }
    Histogram forward = samples.stream().reduce(Histogram.EMPTY, Histogram::merge);
    Histogram backward = samples.reversed().stream().reduce(Histogram.EMPTY, Histogram::merge);

    assertThat(RangeMethod.averageMinMax().threshold(backward))
        .isEqualTo(RangeMethod.averageMinMax().threshold(forward));
  }

  @Test
  void meanSquaredErrorAgreesWithTheDefinition() {
    for (int seed = 0; seed < 12; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Histogram histogram = anyHistogram(random);
      QuantizationNoise noise = new QuantizationNoise(histogram);
      for (int i = 0; i < 20; i++) {
        double threshold = histogram.amax() * random.nextDouble(0.05, 1);
        assertThat(noise.decibels(threshold))
            .as("seed %d, threshold %s", seed, threshold)
            .isCloseTo(naiveDecibels(histogram, threshold), within(1e-6));
      }
    }
  }

  @Test
  void meanSquaredErrorIsSmallestAtItsThreshold() {
    for (int seed = 0; seed < 6; seed++) {
      Histogram histogram = anyHistogram(new SplittableRandom(seed));
      double found =
          naiveDecibels(histogram, new RangeMethod.MeanSquaredError().threshold(histogram));
      for (int kept = 128; kept < histogram.usedBins(); kept += 3) {
        assertThat(naiveDecibels(histogram, kept * histogram.binWidth()))
            .as("seed %d, %d bins", seed, kept)
            .isLessThanOrEqualTo(found + 1e-6);
      }
      assertThat(naiveDecibels(histogram, histogram.amax())).isLessThanOrEqualTo(found + 1e-6);
    }
  }

  static Histogram anyHistogram(SplittableRandom random) {
    float[] values = new float[20_000];
    double tail = random.nextDouble(0.5, 3);
    for (int i = 0; i < values.length; i++) {
      double value = random.nextGaussian();
      values[i] = (float) (Math.signum(value) * Math.pow(Math.abs(value), tail));
    }
    return HistogramTest.of(values);
  }

  /// Quantizes the middle of each bin with half to even, as ONNX defines it.
  private static double naiveDecibels(Histogram histogram, double threshold) {
    double scale = threshold / 127;
    double signal = 0;
    double noise = 0;
    long[] counts = histogram.counts();
    for (int i = 0; i < histogram.usedBins(); i++) {
      double value = (i + 0.5) * histogram.binWidth();
      double error = Math.min(127, Math.rint(value / scale)) * scale - value;
      signal += counts[i] * value * value;
      noise += counts[i] * error * error;
    }
    return 10 * Math.log10(signal / noise);
  }

  @Test
  void tensorRtEntropyCountsWhatTensorRtCounts() {
    SplittableRandom random = new SplittableRandom(9);
    for (double amax : new double[] {2, 1, 0.75, 3.3}) {
      float[] values = new float[200_000];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) Math.clamp(random.nextGaussian() * amax / 4, -amax, amax);
      }
      values[7] = (float) amax;
      values[8] = 0;
      long[] exact = new long[2048];
      for (float value : values) {
        exact[(int) Math.min(2047, Math.abs(value) / ((float) amax / 2048.0))]++;
      }
      long[] counts = TensorRtBins.of(HistogramTest.of(values));
      long moved = 0;
      long cumulated = 0;
      for (int i = 0; i < 2048; i++) {
        cumulated += counts[i] - exact[i];
        moved = Math.max(moved, Math.abs(cumulated));
      }

      assertThat(cumulated).isZero();
      // A power of two has the same bins; else a value is at most half a bin's content away.
      assertThat(moved)
          .as("amax " + amax)
          .isLessThanOrEqualTo(Math.log(amax) / Math.log(2) % 1 == 0 ? 0 : 30);
    }
  }

  @ParameterizedTest
  @CsvSource({"255, 4000890a", "1, 3c010a14"})
  void tensorRtEntropyKeepsAllOfAnImageAsPublicCachesDo(float amax, String bits) {
    float[] pixels = new float[256 * 400];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = i % 256 / 255f * amax;
    }
    TensorRange range =
        TensorRange.of(
            "image", Optional.empty(), RangeMethod.tensorRtEntropy(), HistogramTest.of(pixels));

    assertThat(range.scaleBits()).isEqualTo(bits);
    assertThat(range.asymmetric()).isEqualTo(new AsymmetricRange(0, amax));
  }

  @Test
  void asymmetricRangesHoldZeroAndWhatTheSymmetricOneKeeps() {
    for (int seed = 0; seed < 30; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Histogram histogram =
          HistogramTest.of(HistogramTest.anyFloats(random, 1 + random.nextInt(3000)));
      for (RangeMethod method : ALL) {
        AsymmetricRange range = method.asymmetric(histogram);
        assertThat(range.low()).isBetween(Math.min(0, histogram.min()), 0.0);
        assertThat(range.high()).isBetween(0.0, Math.max(0, histogram.max()));
      }
    }
  }

  @Test
  void asymmetricPercentileCutsOffHalfOfTheRestOnEachSide() {
    float[] values = gaussian(11, 100_000);
    for (int i = 0; i < values.length; i++) {
      values[i] += 1;
    }
    Histogram histogram = HistogramTest.of(values);
    AsymmetricRange range = RangeMethod.percentile(98).asymmetric(histogram);
    int below = 0;
    int above = 0;
    int aboveByABinLess = 0;
    for (float value : values) {
      below += value < range.low() ? 1 : 0;
      above += value > range.high() ? 1 : 0;
      aboveByABinLess += value > range.high() - histogram.binWidth() ? 1 : 0;
    }

    assertThat(below).isBetween(900, 1000);
    assertThat(above).isBetween(900, 1000);
    assertThat(aboveByABinLess).isGreaterThanOrEqualTo(1000);
    assertThat(RangeMethod.percentile(100).asymmetric(histogram))
        .isEqualTo(new AsymmetricRange(histogram.min(), histogram.max()));
  }

  @Test
  void asymmetricScaleAndZeroPointReachBothEnds() {
    AsymmetricRange range = new AsymmetricRange(-1, 3);

    assertThat(range.scale()).isEqualTo((float) (4 / 255.0));
    assertThat(range.zeroPoint()).isEqualTo(64);
    assertThat(new AsymmetricRange(0, 6).zeroPoint()).isZero();
    assertThat(new AsymmetricRange(-6, 0).zeroPoint()).isEqualTo(255);
    assertThatThrownBy(() -> new AsymmetricRange(1, 2))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "kl",
        "auto:minmax",
        "auto:minmax+auto",
        "auto:minmax+kl",
        "minmax:moving",
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
        .hasMessageContaining(
            text.startsWith("auto:minmax") && !text.endsWith("kl") ? "auto" : "percentile");
  }
}
