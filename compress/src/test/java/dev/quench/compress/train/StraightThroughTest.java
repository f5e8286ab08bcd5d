// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.program.StraightThrough;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Values and gradients of the estimators, those of weights against vectors from a run of the
/// published implementation of binary and ternary weights.
class StraightThroughTest {
  private static final long[] FILTERS = {2, 2, 1, 2};
  private static final float[] TERNARY_LATENT = {.9f, -.2f, .05f, -.6f, 1.5f, .3f, -.1f, -.7f};
  private static final float[] BINARY_LATENT = {.425f, .2f, -.425f, -.2f, .8f, .5f, -.8f, -.5f};
  private static final float[] UPSTREAM = {1, 2, 3, 4, 5, 6, 7, 8};

  @BeforeAll
  static void load() {
    LibTorch.require();
  }

  @Test
  void binaryWeightsWithTheirScaleHaveThePublishedGradient() {
    ForwardAndBackward outcome =
        ForwardAndBackward.of(
            BINARY_LATENT,
            UPSTREAM,
            w ->
                StraightThrough.signOfWeights(w)
                    .mul(StraightThrough.binaryScale(w).view(2, 1, 1, 1)),
            FILTERS);

    assertClose(outcome.values(), .3125f, .3125f, -.3125f, -.3125f, .65f, .65f, -.65f, -.65f);
    assertClose(outcome.gradients(), -.6875f, -.375f, 1.9375f, 2.25f, 2.25f, 2.9f, 5.55f, 6.2f);
  }

  @Test
  void ternaryWeightsWithTheirScaleHaveThePublishedGradient() {
    ForwardAndBackward outcome =
        ForwardAndBackward.of(
            TERNARY_LATENT,
            UPSTREAM,
            w ->
                StraightThrough.ternaryOfWeights(w)
                    .mul(StraightThrough.ternaryScale(w).view(2, 1, 1, 1)),
            FILTERS);

    assertClose(outcome.values(), .75f, 0, 0, -.75f, 1.1f, 0, 0, -1.1f);
    assertClose(outcome.gradients(), -.75f, 1.5f, 2.25f, 4.5f, 4.0f, 6.6f, 7.7f, 10.3f);
  }

  @Test
  void aFilterOfZeroesStaysFiniteInBothForms() {
    float[] zeroes = new float[8];
    for (UnaryOperator<Tensor> form :
        List.<UnaryOperator<Tensor>>of(
            w ->
                StraightThrough.ternaryOfWeights(w)
                    .mul(StraightThrough.ternaryScale(w).view(2, 1, 1, 1)),
            w ->
                StraightThrough.signOfWeights(w)
                    .mul(StraightThrough.binaryScale(w).view(2, 1, 1, 1)))) {
      ForwardAndBackward outcome = ForwardAndBackward.of(zeroes, UPSTREAM, form, FILTERS);

      assertThat(outcome.values()).containsOnly(0f);
      for (float gradient : outcome.gradients()) {
        assertThat(gradient).isFinite();
      }
    }
  }

  @Test
  void signIsPlusOneAtBothZeroesAndPassesGradientsStrictlyInside() {
    float[] x = {-1.2f, -1, -.3f, -0f, 0, .4f, 1, 1.7f, Float.NaN};
    ForwardAndBackward outcome =
        ForwardAndBackward.of(
            x, new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, StraightThrough::signOfActivation, 9);

    assertThat(outcome.values()).containsExactly(-1, -1, -1, 1, 1, 1, 1, 1, -1);
    assertThat(Arrays.copyOf(outcome.gradients(), 8)).containsExactly(0, 0, 3, 4, 5, 6, 0, 0);
  }

  @Test
  void quantizationRoundsHalfToEvenAndStopsGradientsOutside() {
    float[] x = {-70, -64, -.25f, .25f, .75f, 1.25f, 63.5f, 64};
    ForwardAndBackward outcome =
        ForwardAndBackward.of(
            x,
            new float[] {1, 1, 1, 1, 1, 1, 1, 1},
            t ->
                StraightThrough.quantize(
                    t,
                    torch.full(new long[] {1}, new Scalar(.5f)),
                    torch.full(new long[] {1}, new Scalar(.5f)),
                    new Scalar(-128.0),
                    new Scalar(127.0)),
            8);

    assertThat(outcome.values()).containsExactly(-64, -64, -0f, 0, 1, 1, 63.5f, 63.5f);
    assertThat(outcome.gradients()).containsExactly(0, 0, 1, 1, 1, 1, 0, 0);
  }

  private static void assertClose(float[] actual, float... expected) {
    assertThat(actual).containsExactly(expected, Offset.offset(1e-5f));
  }
}
