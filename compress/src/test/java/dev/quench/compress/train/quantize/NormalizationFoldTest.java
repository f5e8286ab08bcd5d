// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.estimator.NormalizationFold;
import dev.quench.compress.train.estimator.NormalizationFold.Normalization;
import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.libtorch.NativeFloats;
import java.lang.foreign.ValueLayout;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Without rounding, a folded layer computes what the layer and the normalization behind it
/// compute.
class NormalizationFoldTest {
  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.1;

  @BeforeAll
  static void load() {
    LibTorch.require();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void inTrainingEqualsTheBatchNormalizationOfLibtorch(boolean calibrated) {
    torch.manual_seed(5);
    try (PointerScope _ = new PointerScope()) {
      Tensor x = torch.randn(6, 3, 5, 5);
      Tensor weights = torch.randn(4, 3, 3, 3).set_requires_grad(true);
      Tensor bias = torch.randn(4);
      Tensor gamma = torch.randn(4);
      Tensor beta = torch.randn(4);
      Tensor mean = torch.randn(4);
      Tensor variance = torch.rand(4).add(new Scalar(0.5));
      Tensor otherMean = mean.clone();
      Tensor otherVariance = variance.clone();
      Tensor sums = conv(x, weights, bias);
      Tensor expected =
          torch.batch_norm(
              sums,
              new TensorOptional(gamma),
              new TensorOptional(beta),
              new TensorOptional(otherMean),
              new TensorOptional(otherVariance),
              true,
              MOMENTUM,
              EPSILON,
              false);

      NormalizationFold fold =
          NormalizationFold.ofBatch(
              sums,
              weights,
              bias,
              new Normalization(gamma, beta, mean, variance, (float) EPSILON, MOMENTUM),
              calibrated,
              -1,
              1,
              1,
              1);
      Tensor products = conv(x, fold.weights(), null);
      if (fold.ratio() != null) {
        products = products.mul(fold.ratio().view(-1, 1, 1));
      }
      Tensor actual = products.add(fold.bias().view(-1, 1, 1));

      assertThat(fold.ratio() != null).isEqualTo(calibrated);
      assertClose(actual, expected, 1e-4f);
      assertClose(mean, otherMean, 1e-6f);
      assertClose(variance, otherVariance, 1e-5f);
    }
  }

  private static Tensor conv(Tensor x, Tensor weights, Tensor bias) {
    return torch.conv2d(
        x,
        weights,
        bias == null ? new TensorOptional() : new TensorOptional(bias),
        new long[] {1, 1},
        new long[] {1, 1},
        new long[] {1, 1},
        1);
  }

  private static void assertClose(Tensor actual, Tensor expected, float tolerance) {
    assertThat(floats(actual)).containsExactly(floats(expected), Offset.offset(tolerance));
  }

  private static float[] floats(Tensor tensor) {
    return NativeFloats.memory(tensor.detach().contiguous()).toArray(ValueLayout.JAVA_FLOAT);
  }
}
