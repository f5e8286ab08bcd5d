// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import static dev.quench.compress.train.libtorch.Constants.MINUS_ONE;
import static dev.quench.compress.train.libtorch.Constants.ONE;
import static dev.quench.compress.train.libtorch.Constants.TWO;

import dev.quench.compress.binary.PowerOfTwo;
import dev.quench.compress.train.libtorch.Types;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// Variants of the estimators of [StraightThrough] for binary networks, in the same way: exact
/// forward values over the gradient of a surrogate.
public final class BinaryEstimators {
  private static final Scalar HALF = new Scalar(0.5).<Scalar>retainReference();
  private static final Scalar ROUNDING = new Scalar(PowerOfTwo.ROUNDING).<Scalar>retainReference();
  private static final Scalar EXPONENT = new Scalar(PowerOfTwo.EXPONENT).<Scalar>retainReference();

  private BinaryEstimators() {}

  /// Subtracts the mean over axis 1 in a filter, and clips to [−1, 1]. The gradient passes as if
  /// the latent weights themselves were centred. Weights of one input stay as they are.
  ///
  /// @param latent `[filters, inputs, …]`; not changed
  public static Tensor centred(Tensor latent) {
    if (latent.size(1) == 1) {
      return latent;
    }
    Tensor surrogate = latent.clone();
    try (NoGradGuard _ = new NoGradGuard()) {
      Tensor mean =
          latent.to(ScalarType.Double).mean(new long[] {1}, true, Types.KEEP).to(ScalarType.Float);
      torch.hardtanh_(surrogate.detach().sub_(mean), MINUS_ONE, ONE);
    }
    return surrogate;
  }

  /// Draws +1 with the probability clip((w + 1) / 2, 0, 1), else −1. The gradient passes
  /// everywhere. Source: Hubara et al., Binarized Neural Networks, NIPS 2016, eq. 2.
  public static Tensor randomSignOfWeights(Tensor latent) {
    Tensor surrogate = latent.clone();
    overwriteWithDraws(surrogate, latent);
    return surrogate;
  }

  /// Draws as [#randomSignOfWeights]; the gradient passes where −1 < x < 1.
  public static Tensor randomSignOfActivation(Tensor x) {
    Tensor surrogate = torch.hardtanh(x, MINUS_ONE, ONE);
    overwriteWithDraws(surrogate, x);
    return surrogate;
  }

  /// Computes +1 where x ≥ 0, else −1, with the gradient 2 − 2 |x| where −1 < x < 1. Source: Liu et
  /// al., Bi-Real Net, ECCV 2018, eq. 5.
  public static Tensor polynomialSign(Tensor x) {
    Tensor slope;
    try (NoGradGuard _ = new NoGradGuard()) {
      slope = torch.relu_(torch.rsub(torch.abs(x), TWO, TWO));
    }
    // The slope is a constant to the product, hence its gradient; its value is overwritten.
    Tensor surrogate = x.mul(slope);
    StraightThrough.overwriteWithSign(surrogate, x);
    return surrogate;
  }

  /// Computes AP2(x) exactly as [PowerOfTwo#nearest]; without gradient.
  ///
  /// @param x FP32
  public static Tensor nearestPowerOfTwo(Tensor x) {
    try (NoGradGuard _ = new NoGradGuard()) {
      Tensor values = x.detach();
      Tensor bits = values.abs().view(ScalarType.Int).add(ROUNDING).bitwise_and(EXPONENT);
      return bits.view(ScalarType.Float).mul(values.sign());
    }
  }

  private static void overwriteWithDraws(Tensor surrogate, Tensor x) {
    try (NoGradGuard _ = new NoGradGuard()) {
      // A draw of [0, 1) is below 1 always and below 0 never.
      Tensor probability = x.detach().to(ScalarType.Float).add(ONE).mul(HALF);
      Tensor draw = torch.rand_like(probability);
      surrogate.detach().copy_(draw.lt(probability)).mul_(TWO).sub_(ONE);
    }
  }
}
