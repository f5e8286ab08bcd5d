// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import static dev.quench.compress.train.ForwardAndBackward.floats;
import static dev.quench.compress.train.ForwardAndBackward.tensor;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.ForwardAndBackward;
import dev.quench.compress.train.estimator.ClippedActivation;
import dev.quench.compress.train.estimator.Dorefa;
import dev.quench.compress.train.estimator.FakeQuantization;
import dev.quench.compress.train.estimator.LearnedStep;
import dev.quench.compress.train.libtorch.LibTorch;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Values of the quantizers against vectors from a run of the published implementation (micronet),
/// and gradients against the formulas of the papers.
class QuantizerVectorsTest {
  private static final float[] WEIGHTS = {.9f, -.2f, .05f, -.6f, 1.5f, .3f, -.1f, -.7f};
  private static final float[] X = {-1, -.5f, 0, .25f, .7f, 2};
  private static final float[] ACTIVATIONS = {-1, 0, .3f, 2.5f, 7.77f, 10, 12};

  @BeforeAll
  static void load() {
    LibTorch.require();
  }

  @Test
  void symmetricActivationsScaleBy127AndAHalf() {
    Levels levels = Levels.ofActivations(8, true);
    assertThat(levels.scale(-1, 2)).isEqualTo(.0156862754f);
    assertClose(
        ForwardAndBackward.of(X, x -> FakeQuantization.quantize(x, levels, -1, 2)).values(),
        -1.0039216f,
        -.5019608f,
        0,
        .2509804f,
        .7058824f,
        1.992157f);
  }

  @Test
  void symmetricWeightsScaleBy127() {
    Levels levels = Levels.ofWeights(8, true);
    assertThat(levels.scale(-1, 2)).isEqualTo(.0157480314f);
    assertClose(
        ForwardAndBackward.of(X, x -> FakeQuantization.quantize(x, levels, -1, 2)).values(),
        -1.007874f,
        -.503937f,
        0,
        .2519685f,
        .6929134f,
        2);
  }

  /// 0.7 / scale is 59.499996 in FP32: the published implementation adds the zero point before it
  /// rounds, which gives 60; ONNX rounds first, which gives 59.
  @Test
  void asymmetricActivationsHave256Levels() {
    Levels levels = Levels.ofActivations(8, false);
    float scale = levels.scale(-1, 2);
    assertThat(scale).isEqualTo(.0117647061f);
    assertThat(levels.zeroPoint(-1, scale)).isEqualTo(85);
    assertClose(
        ForwardAndBackward.of(X, x -> FakeQuantization.quantize(x, levels, -1, 2)).values(),
        -1,
        -.4941176f,
        0,
        .2470588f,
        .6941176f,
        2);
  }

  @Test
  void asymmetricWeightsHave255Levels() {
    Levels levels = Levels.ofWeights(8, false);
    float scale = levels.scale(-1, 2);
    assertThat(scale).isEqualTo(.0118110236f);
    assertThat(levels.zeroPoint(-1, scale)).isEqualTo(85);
    assertClose(
        ForwardAndBackward.of(X, x -> FakeQuantization.quantize(x, levels, -1, 2)).values(),
        -1.003937f,
        -.496063f,
        0,
        .2480315f,
        .6968504f,
        1.996063f);
  }

  @Test
  void channelsHaveAScaleEach() {
    Levels levels = Levels.ofWeights(8, true);
    ForwardAndBackward outcome =
        ForwardAndBackward.of(
            WEIGHTS,
            w ->
                FakeQuantization.quantizeChannels(
                    w,
                    levels,
                    w.detach().amin(new long[] {1, 2, 3}, true),
                    w.detach().amax(new long[] {1, 2, 3}, true)),
            2,
            2,
            1,
            2);
    assertClose(
        outcome.values(),
        .9f,
        -.1984252f,
        .0496063f,
        -.6023622f,
        1.5f,
        .2952756f,
        -.0944882f,
        -.6968504f);
    assertThat(outcome.gradients()).containsOnly(1f);
  }

  @Test
  void asymmetricRangesHoldZero() {
    Levels levels = Levels.ofActivations(8, false);
    float scale = levels.scale(2, 4);
    assertThat(scale).isEqualTo(4 / 255f);
    assertThat(levels.zeroPoint(2, scale)).isZero();
    assertThat(levels.zeroPoint(-4, levels.scale(-4, -2))).isEqualTo(255);
  }

  @Test
  void aRangeOfZeroHasAScale() {
    assertThat(Levels.ofWeights(8, true).scale(0, 0)).isEqualTo(1);
    Levels levels = Levels.ofWeights(4, true);
    ForwardAndBackward outcome =
        ForwardAndBackward.of(
            new float[4],
            w ->
                FakeQuantization.quantizeChannels(
                    w,
                    levels,
                    w.detach().amin(new long[] {0}, true),
                    w.detach().amax(new long[] {0}, true)));
    assertThat(outcome.values()).containsOnly(0f);
  }

  @Test
  void movingAverageFollowsTheRange() {
    float[] state = new float[3];
    ObserverState.update(state, Observer.MOVING_AVERAGE, -1, 2, .1);
    assertThat(state).containsExactly(1, -1, 2);
    ObserverState.update(state, Observer.MOVING_AVERAGE, -3, 4, .1);
    assertThat(state).containsExactly(new float[] {2, -1.2f, 2.2f}, Offset.offset(1e-6f));
    ObserverState.update(state, Observer.MOVING_AVERAGE, 0, 1, .1);
    assertThat(state).containsExactly(new float[] {3, -1.08f, 2.08f}, Offset.offset(1e-6f));
  }

  @Test
  void theGradientStopsWhereRoundingSaturates() {
    Levels levels = Levels.ofActivations(8, true);
    ForwardAndBackward outcome =
        ForwardAndBackward.of(
            new float[] {-129, -128.4f, 3, 127.4f, 127.6f},
            x -> FakeQuantization.quantize(x, levels, -127.5f, 127.5f));
    assertThat(outcome.gradients()).containsExactly(0, 1, 1, 1, 0);
  }

  @Test
  void dorefaWeightsHaveThePublishedValues() {
    assertDorefa(
        8, .7882354f, -.2156862f, .0588236f, -.5921568f, 1, .3254902f, -.1137254f, -.6705883f);
    assertDorefa(4, .73333f, -.2f, .06667f, -.6f, 1, .33333f, -.06667f, -.73333f);
    assertDorefa(2, 1, -.33333f, .33333f, -.33333f, 1, .33333f, -.33333f, -1);
  }

  private static void assertDorefa(int bits, float... expected) {
    DorefaLevels levels = new DorefaLevels(bits, false);
    assertClose(ForwardAndBackward.of(WEIGHTS, w -> Dorefa.weights(w, levels)).values(), expected);
    assertClose(levels.dequantize(levels.quantize(WEIGHTS)), expected);
  }

  @Test
  void dorefaActivationsHaveThePublishedValuesAndGradient() {
    ForwardAndBackward eight =
        ForwardAndBackward.of(ACTIVATIONS, x -> Dorefa.activation(x, new DorefaLevels(8, false)));
    assertClose(eight.values(), 0, 0, .0313726f, .2509804f, .7764707f, 1, 1);
    assertThat(Arrays.copyOfRange(eight.gradients(), 2, 5))
        .containsExactly(new float[] {.1f, .1f, .1f}, Offset.offset(1e-6f));
    assertThat(eight.gradients()[0]).isZero();
    assertThat(eight.gradients()[6]).isZero();
    assertClose(
        ForwardAndBackward.of(ACTIVATIONS, x -> Dorefa.activation(x, new DorefaLevels(4, false)))
            .values(),
        0,
        0,
        0,
        .266667f,
        .8f,
        1,
        1);
    assertClose(
        ForwardAndBackward.of(ACTIVATIONS, x -> Dorefa.activation(x, new DorefaLevels(2, false)))
            .values(),
        0,
        0,
        0,
        .333333f,
        .666667f,
        1,
        1);
  }

  @Test
  void dorefaLevelsWithZeroAreHalfAStepAwayAtMost() {
    float[] odd =
        new DorefaLevels(8, false).dequantize(new DorefaLevels(8, false).quantize(WEIGHTS));
    DorefaLevels withZero = new DorefaLevels(8, true);
    float[] even = withZero.dequantize(withZero.quantize(WEIGHTS));
    for (int i = 0; i < odd.length; i++) {
      assertThat(even[i]).isCloseTo(odd[i], Offset.offset(1 / 254f + 1 / 255f));
    }
  }

  @Test
  void theGradientOfDorefaRoundsToLevelsWithoutBias() {
    torch.manual_seed(3);
    int count = 20_000;
    float[] upstream = new float[count];
    Arrays.fill(upstream, .3f);
    upstream[0] = 1;
    ForwardAndBackward outcome =
        ForwardAndBackward.of(
            new float[count],
            upstream,
            x -> Dorefa.quantizeGradient(x, new DorefaLevels(2, false)),
            1,
            count);

    double sum = 0;
    for (int i = 1; i < count; i++) {
      // Levels of 2 · (q/3 − 1/2).
      assertThat(Math.abs(outcome.gradients()[i])).isCloseTo(1 / 3f, Offset.offset(1e-5f));
      sum += outcome.gradients()[i];
    }
    assertThat(sum / (count - 1)).isCloseTo(.3, Offset.offset(.01));
  }

  @Test
  void aLearnedStepHasTheGradientOfThePaper() {
    try (PointerScope _ = new PointerScope()) {
      float[] x = {-3, -.6f, .2f, .74f, 5};
      float[] upstream = {1, 2, 3, 4, 5};
      Levels levels = Levels.ofWeights(3, true);
      Tensor values = tensor(x, 5).set_requires_grad(true);
      Tensor step = tensor(new float[] {.5f}, 1).set_requires_grad(true);
      Tensor y = LearnedStep.quantize(values, step, levels, 5);
      y.backward(tensor(upstream, 5), new BoolOptional(), false, new TensorArrayRefOptional());

      assertThat(floats(y.detach())).containsExactly(-1.5f, -.5f, 0, .5f, 1.5f);
      assertThat(floats(values.grad())).containsExactly(0, 2, 3, 4, 0);
      double expected =
          (1 * -3 + 2 * (-1 + 1.2) + 3 * (0 - .4) + 4 * (1 - 1.48) + 5 * 3) / Math.sqrt(5 * 3);
      assertThat(floats(step.grad())[0]).isCloseTo((float) expected, Offset.offset(1e-5f));
    }
  }

  @Test
  void aClippingBoundLearnsFromWhatItClips() {
    try (PointerScope _ = new PointerScope()) {
      Tensor values = tensor(new float[] {-1, .4f, 2.9f, 3.5f, 9}, 5).set_requires_grad(true);
      Tensor bound = tensor(new float[] {3}, 1).set_requires_grad(true);
      Tensor y = ClippedActivation.quantize(values, bound, Levels.unsigned(2));
      y.backward(
          tensor(new float[] {1, 2, 3, 4, 5}, 5),
          new BoolOptional(),
          false,
          new TensorArrayRefOptional());

      assertThat(floats(y.detach())).containsExactly(0, 0, 3, 3, 3);
      assertThat(floats(values.grad())).containsExactly(0, 2, 3, 0, 0);
      assertThat(floats(bound.grad())).containsExactly(9);
    }
  }

  private static void assertClose(float[] actual, float... expected) {
    assertThat(actual).containsExactly(expected, Offset.offset(1e-5f));
  }
}
