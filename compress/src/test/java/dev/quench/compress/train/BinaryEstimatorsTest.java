// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static dev.quench.compress.train.ForwardAndBackward.floats;
import static dev.quench.compress.train.ForwardAndBackward.tensor;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.binary.PowerOfTwo;
import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.program.BinaryEstimators;
import dev.quench.compress.train.program.StraightThrough;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Values and gradients of the variants for binary networks; centring against vectors from a run of
/// the published implementation of binary weights.
class BinaryEstimatorsTest {
  private static final long[] FILTERS = {2, 2, 1, 2};
  private static final float[] LATENT = {.9f, -.2f, .05f, -.6f, 1.5f, .3f, -.1f, -.7f};
  private static final float[] UPSTREAM = {1, 2, 3, 4, 5, 6, 7, 8};

  @BeforeAll
  static void load() {
    LibTorch.require();
  }

  @Test
  void centredWeightsAreThosePublished() {
    ForwardAndBackward outcome =
        ForwardAndBackward.of(LATENT, UPSTREAM, BinaryEstimators::centred, FILTERS);

    assertClose(outcome.values(), .425f, .2f, -.425f, -.2f, .8f, .5f, -.8f, -.5f);
  }

  @Test
  void centredBinaryWeightsWithTheirScaleHaveThePublishedGradient() {
    ForwardAndBackward outcome =
        ForwardAndBackward.of(LATENT, UPSTREAM, BinaryEstimatorsTest::centredAndScaled, FILTERS);

    assertClose(outcome.values(), .3125f, .3125f, -.3125f, -.3125f, .65f, .65f, -.65f, -.65f);
    assertClose(outcome.gradients(), -.6875f, -.375f, 1.9375f, 2.25f, 2.25f, 2.9f, 5.55f, 6.2f);
  }

  @Test
  void centringLeavesTheLatentWeightsAlone() {
    ForwardAndBackward outcome =
        ForwardAndBackward.of(LATENT, UPSTREAM, BinaryEstimatorsTest::centredAndScaled, FILTERS);

    assertThat(outcome.input()).containsExactly(LATENT);
  }

  @Test
  void centringLeavesFiltersOfOneInputAsTheyAre() {
    ForwardAndBackward outcome =
        ForwardAndBackward.of(LATENT, UPSTREAM, BinaryEstimators::centred, 4, 1, 1, 2);

    assertThat(outcome.values()).containsExactly(LATENT);
  }

  @Test
  void aChannelThatCentringMakesZeroHasScaleZero() {
    float[] equal = {.5f, .25f, .5f, .25f, -1, .5f, -1, .5f};
    ForwardAndBackward outcome =
        ForwardAndBackward.of(equal, UPSTREAM, BinaryEstimatorsTest::centredAndScaled, FILTERS);

    assertThat(outcome.values()).containsOnly(0f);
    assertThat(outcome.gradients()).doesNotContain(Float.NaN);
  }

  @Test
  void polynomialSignHasTheGradientOfBiReal() {
    float[] x = {-1.5f, -1, -.75f, -.25f, -0f, 0, .5f, 1, 2};
    ForwardAndBackward outcome =
        ForwardAndBackward.of(
            x, new float[] {1, 1, 1, 1, 1, 1, 1, 1, 1}, BinaryEstimators::polynomialSign, 9);

    assertThat(outcome.values()).containsExactly(-1, -1, -1, -1, 1, 1, 1, 1, 1);
    assertThat(outcome.gradients()).containsExactly(0, 0, .5f, 1.5f, 2, 2, 1, 0, 0);
  }

  @Test
  void signsHaveTheTypeOfTheirTensor() {
    float[] x = {-2, -.75f, -0f, 0, .5f, 1, Float.NaN, Float.POSITIVE_INFINITY};
    for (ScalarType type : new ScalarType[] {ScalarType.BFloat16, ScalarType.Double}) {
      ForwardAndBackward polynomial =
          ForwardAndBackward.of(x, in(type, BinaryEstimators::polynomialSign));
      assertThat(polynomial.values()).containsExactly(-1, -1, 1, 1, 1, 1, -1, 1);
      assertThat(Arrays.copyOf(polynomial.gradients(), 6)).containsExactly(0, .5f, 2, 2, 1, 0);

      ForwardAndBackward clipped =
          ForwardAndBackward.of(x, in(type, StraightThrough::signOfActivation));
      assertThat(clipped.values()).containsExactly(polynomial.values());
      assertThat(Arrays.copyOf(clipped.gradients(), 6)).containsExactly(0, 1, 1, 1, 1, 0);

      ForwardAndBackward weights =
          ForwardAndBackward.of(x, in(type, StraightThrough::signOfWeights));
      assertThat(weights.values()).containsExactly(polynomial.values());
      assertThat(weights.gradients()).containsOnly(1);
    }
  }

  private static UnaryOperator<Tensor> in(ScalarType type, UnaryOperator<Tensor> function) {
    return x -> {
      Tensor y = function.apply(x.to(type));
      assertThat(y.scalar_type().value).isEqualTo(type.value);
      return y.to(ScalarType.Float);
    };
  }

  @Test
  void drawnSignsAreOneWithTheProbabilityOfTheWeight() {
    int count = 40_000;
    for (float weight : new float[] {-1, -.5f, 0, .8f, 1}) {
      float[] weights = new float[count];
      Arrays.fill(weights, weight);
      torch.manual_seed(1);
      ForwardAndBackward outcome =
          ForwardAndBackward.of(
              weights, new float[count], BinaryEstimators::randomSignOfWeights, count);

      double sum = 0;
      for (float drawn : outcome.values()) {
        assertThat(Math.abs(drawn)).isEqualTo(1);
        sum += drawn;
      }
      assertThat(sum / count).isCloseTo(weight, Offset.offset(0.02));
    }
  }

  @Test
  void drawnSignsOfActivationsPassGradientsInsideOnly() {
    float[] x = {-2, -1, -.5f, .5f, 1, 2};
    ForwardAndBackward outcome =
        ForwardAndBackward.of(
            x, new float[] {1, 2, 3, 4, 5, 6}, BinaryEstimators::randomSignOfActivation, 6);

    assertThat(outcome.gradients()).containsExactly(0, 0, 3, 4, 0, 0);
    assertThat(outcome.values()[0]).isEqualTo(-1);
    assertThat(outcome.values()[5]).isEqualTo(1);
  }

  @Test
  void powersOfTwoAreTheSameInBothForms() {
    float[] x = new float[4000];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) ((random.nextBoolean() ? 1 : -1) * Math.exp(random.nextDouble(-60, 60)));
    }
    x[0] = 0;
    x[1] = (float) Math.sqrt(2);
    x[2] = Math.nextUp((float) Math.sqrt(2));
    x[3] = -1;
    Tensor rounded;
    try (PointerScope _ = new PointerScope()) {
      rounded = BinaryEstimators.nearestPowerOfTwo(tensor(x, x.length));
      float[] values = floats(rounded);
      for (int i = 0; i < x.length; i++) {
        assertThat(values[i]).isEqualTo(PowerOfTwo.nearest(x[i]));
      }
    }
  }

  @Test
  void powersOfTwoRoundTheLogarithm() {
    for (float x : new float[] {1, 1.4f, 1.42f, 3, 5.6f, 5.7f, 0.7f, 0.71f, 1e-20f, 3e20f}) {
      float expected = (float) Math.pow(2, Math.rint(Math.log(x) / Math.log(2)));
      assertThat(PowerOfTwo.nearest(x)).isEqualTo(expected);
      assertThat(PowerOfTwo.nearest(-x)).isEqualTo(-expected);
    }
    assertThat(PowerOfTwo.nearest(0)).isZero();
  }

  private static Tensor centredAndScaled(Tensor latent) {
    Tensor centred = BinaryEstimators.centred(latent);
    return StraightThrough.signOfWeights(centred)
        .mul(StraightThrough.binaryScale(centred).view(2, 1, 1, 1));
  }

  private static void assertClose(float[] actual, float... expected) {
    assertThat(actual).containsExactly(expected, Offset.offset(1e-5f));
  }
}
