// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.xnor.kernel.ChannelFunction.Operator;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SignThresholdsTest {
  @Test
  void agreesWithTheFloatFormOnEverySum() {
    SplittableRandom random = new SplittableRandom(4);
    int channels = 400;
    float[] gamma = new float[channels];
    float[] mean = new float[channels];
    float[] beta = new float[channels];
    int[] largest = new int[channels];
    for (int c = 0; c < channels; c++) {
      largest[c] = random.nextInt(300);
      int scale = random.nextInt(-40, 40);
      gamma[c] = random.nextInt(5) == 0 ? 0 : Math.scalb((float) random.nextDouble(-1, 1), scale);
      // Often exactly a sum, so that the result is a rounding error around zero.
      mean[c] = random.nextBoolean() ? random.nextInt(-300, 300) : 0.1f * random.nextInt(-900, 900);
      beta[c] = random.nextInt(3) == 0 ? 0 : Math.scalb((float) random.nextDouble(-1, 1), scale);
    }
    float[] shift = new float[channels];
    for (int c = 0; c < channels; c++) {
      shift[c] = beta[c] - mean[c] * gamma[c];
    }
    ChannelFunction function =
        ChannelFunction.identity(channels).then(Operator.MULTIPLY, gamma).then(Operator.ADD, shift);
    SignThresholds rule = SignThresholds.of(function, largest);
    for (int c = 0; c < channels; c++) {
      for (int sum = -largest[c]; sum <= largest[c]; sum++) {
        assertThat(rule.isPositive(c, sum))
            .as("channel %d, sum %d, factor %s, summand %s", c, sum, gamma[c], shift[c])
            .isEqualTo(function.apply(c, sum) >= 0);
      }
    }
  }

  @Test
  void followsClampsAndSeveralFactors() {
    ChannelFunction function =
        ChannelFunction.identity(1)
            .then(Operator.MULTIPLY, -0.5f)
            .then(Operator.MAXIMUM, -3)
            .then(Operator.MINIMUM, 3)
            .then(Operator.MULTIPLY, -1)
            .then(Operator.ADD, -2.5f);
    SignThresholds rule = SignThresholds.of(function, new int[] {20});
    for (int sum = -20; sum <= 20; sum++) {
      assertThat(rule.isPositive(0, sum)).isEqualTo(sum >= 5);
    }
  }

  @Test
  void countThresholdsSayTheSameForEveryBase() {
    SplittableRandom random = new SplittableRandom(5);
    for (int trial = 0; trial < 500; trial++) {
      float factor = random.nextInt(-2, 3);
      float summand = random.nextInt(-12, 13);
      int largest = 1 + random.nextInt(9);
      ChannelFunction function =
          ChannelFunction.identity(1).then(Operator.MULTIPLY, factor).then(Operator.ADD, summand);
      SignThresholds rule = SignThresholds.of(function, new int[] {largest});
      int base = random.nextInt(20);
      int threshold = rule.threshold(0, base);
      for (int count = 0; count <= 20; count++) {
        int sum = base - 2 * count;
        if (Math.abs(sum) <= largest) {
          boolean negative = (count > threshold) != rule.isDescending(0);
          assertThat(negative)
              .as("%s * %d + %s", factor, sum, summand)
              .isEqualTo(factor * sum + summand < 0);
        }
      }
    }
  }

  @Test
  void refusesWhatBecomesNotANumber() {
    ChannelFunction function =
        ChannelFunction.identity(1)
            .then(Operator.MULTIPLY, Float.MAX_VALUE)
            .then(Operator.MULTIPLY, 0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SignThresholds.of(function, new int[] {8}))
        .withMessageContaining("NaN");
  }

  @Test
  void refusesOperandsThatAreNotFinite() {
    float[] operands = new float[3];
    Arrays.fill(operands, Float.POSITIVE_INFINITY);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChannelFunction.identity(3).then(Operator.ADD, operands))
        .withMessageContaining("finite");
  }
}
