// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.binary.LowerBinary;
import dev.quench.compress.binary.PowerOfTwo;
import dev.quench.compress.binary.ShiftNormalization;
import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.Program;
import dev.quench.compress.train.program.ShiftNormalizationPass;
import dev.quench.graph.Model;
import dev.quench.tensor.Dim;
import dev.quench.testing.GraphMaker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Values, gradients and running values against the published formulas, computed in double.
class ShiftNormalizationTest {
  private static final int BATCH = 7;
  private static final int CHANNELS = 3;
  private static final int PIXELS = 4;
  private static final int COUNT = BATCH * PIXELS;
  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.125;

  private final SplittableRandom random = new SplittableRandom(4);
  private final float[] x = gaussian(BATCH * CHANNELS * PIXELS, 3);
  private final float[] upstream = gaussian(BATCH * CHANNELS * PIXELS, 1);
  private final float[] scale = {.8f, -1.7f, .05f};
  private final float[] shift = {.5f, -.25f, 0};

  @BeforeAll
  static void load() {
    LibTorch.require();
  }

  @Test
  void trainsByThePublishedFormulas() {
    try (PointerScope _ = new PointerScope()) {
      Tensor operand = tensor(x, BATCH, CHANNELS, 2, 2).set_requires_grad(true);
      Tensor gamma = tensor(scale, CHANNELS).set_requires_grad(true);
      Tensor beta = tensor(shift, CHANNELS).set_requires_grad(true);
      Tensor mean = torch.zeros(CHANNELS);
      Tensor inverse = torch.ones(CHANNELS);
      Tensor y =
          new ShiftNormalizationPass(gamma, beta).train(operand, mean, inverse, MOMENTUM, EPSILON);
      y.backward(
          tensor(upstream, BATCH, CHANNELS, 2, 2),
          new BoolOptional(),
          false,
          new TensorArrayRefOptional());

      for (int c = 0; c < CHANNELS; c++) {
        Channel expected = new Channel(c);
        assertThat(floats(mean)[c])
            .isCloseTo((float) (MOMENTUM * expected.mean), Offset.offset(1e-5f));
        assertThat(floats(inverse)[c])
            .isCloseTo((float) (1 - MOMENTUM + MOMENTUM * expected.inverse), Offset.offset(1e-5f));
        assertThat(floats(gamma.grad())[c])
            .isCloseTo((float) expected.scaleGradient, Offset.offset(1e-4f));
        assertThat(floats(beta.grad())[c])
            .isCloseTo((float) expected.shiftGradient, Offset.offset(1e-4f));
        for (int i = 0; i < COUNT; i++) {
          int at = at(c, i);
          assertThat(floats(y.detach())[at]).isCloseTo((float) expected.y[i], Offset.offset(1e-5f));
          assertThat(floats(operand.grad())[at])
              .isCloseTo((float) expected.gradient[i], Offset.offset(1e-4f));
        }
      }
    }
  }

  @Test
  void isExportedAsTheSameNumbers() {
    GraphMaker f = new GraphMaker(17, 5);
    var input = f.input("x", Dim.of("N"), Dim.of(3), Dim.of(5), Dim.of(5));
    Model model = f.outputs(f.normalize("bn", input, 3)).model();
    assertThat(new ShiftNormalization().apply(model)).isEqualTo(1);
    float[] trained = evaluated(model);
    new LowerBinary().apply(model);

    assertThat(model.graph().nodes().stream().map(node -> node.opType()))
        .containsExactly("Sub", "Mul", "Add");
    assertThat(model.opsets().versions()).containsOnlyKeys("");
    assertThat(evaluated(model)).isEqualTo(trained);
    for (float factor : f.node("bn.scale").input(1).constant().orElseThrow().toFloats()) {
      assertThat(PowerOfTwo.nearest(factor)).isEqualTo(factor);
    }
  }

  private static float[] evaluated(Model model) {
    torch.manual_seed(3);
    try (Program program = Program.compile(model.copy(), false);
        PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      return floats(program.run(torch.randn(4, 3, 5, 5), false, Compute.FP32).contiguous());
    }
  }

  /// One channel by the formulas.
  private final class Channel {
    final double mean;
    final double inverse;
    final double scaleGradient;
    final double shiftGradient;
    final double[] y = new double[COUNT];
    final double[] gradient = new double[COUNT];

    Channel(int c) {
      double sum = 0;
      for (int i = 0; i < COUNT; i++) {
        sum += x[at(c, i)];
      }
      mean = sum / COUNT;
      double variance = 0;
      for (int i = 0; i < COUNT; i++) {
        double centred = x[at(c, i)] - mean;
        variance += centred * power(centred) / COUNT;
      }
      inverse = 1 / Math.sqrt(variance + EPSILON);
      double s = power(inverse);
      double gamma = power(scale[c]);
      double gradientMean = 0;
      double correlation = 0;
      double scaleSum = 0;
      for (int i = 0; i < COUNT; i++) {
        double g = upstream[at(c, i)];
        double centred = x[at(c, i)] - mean;
        y[i] = gamma * s * centred + shift[c];
        gradientMean += g / COUNT;
        correlation += power(centred) * g / COUNT;
        scaleSum += power(s * centred) * g;
      }
      for (int i = 0; i < COUNT; i++) {
        double centred = x[at(c, i)] - mean;
        gradient[i] =
            s * gamma * (upstream[at(c, i)] - gradientMean - s * s * power(centred) * correlation);
      }
      scaleGradient = scaleSum;
      shiftGradient = gradientMean * COUNT;
    }

    private static double power(double value) {
      return value == 0
          ? 0
          : Math.signum(value) * Math.pow(2, Math.rint(Math.log(Math.abs(value)) / Math.log(2)));
    }
  }

  /// The position of a channel's i-th value in `[batch, channels, pixels]`.
  private static int at(int channel, int i) {
    return (i / PIXELS * CHANNELS + channel) * PIXELS + i % PIXELS;
  }

  private float[] gaussian(int length, double deviation) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (deviation * random.nextGaussian() + 0.5);
    }
    return values;
  }

  private static Tensor tensor(float[] values, long... shape) {
    Tensor flat = torch.zeros(values.length);
    MemorySegment.copy(
        values, 0, NativeFloats.memory(flat), ValueLayout.JAVA_FLOAT, 0, values.length);
    return flat.view(shape);
  }

  private static float[] floats(Tensor tensor) {
    return NativeFloats.memory(tensor.contiguous()).toArray(ValueLayout.JAVA_FLOAT);
  }
}
