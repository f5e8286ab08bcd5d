// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.estimator;

import dev.quench.compress.train.quantize.ClippingBound;
import dev.quench.compress.train.quantize.Levels;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Clipping to a trained bound α and rounding to levels that divide [0, α].
///
/// The gradient of α is 1 where x ≥ α, that of x passes between 0 and α. Source: Choi et al., PACT,
/// 2018, equations 1 to 3. Differs from it: a tensor that can be negative is clipped to [−α, α],
/// with gradient −1 where x ≤ −α.
public final class ClippedActivation {
  private ClippedActivation() {}

  /// @param x FP32
  /// @param bound α, one trained element
  public static Tensor quantize(Tensor x, Tensor bound, Levels levels) {
    float scale = ClippingBound.scale(bound.item_float(), levels);
    Tensor positive = bound.abs();
    Tensor above = torch.relu(x.sub(positive));
    Tensor clipped =
        levels.low() == 0
            ? torch.relu(x).sub(above)
            : x.sub(above).add(torch.relu(x.neg().sub(positive)));
    Tensor surrogate = clipped.clone();
    try (NoGradGuard _ = new NoGradGuard()) {
      Tensor rounded =
          torch.hardtanh(
              x.detach().div(FakeQuantization.constant(scale, x)).round(),
              new Scalar((double) levels.low()),
              new Scalar((double) levels.high()));
      surrogate.detach().copy_(rounded.mul(FakeQuantization.constant(scale, x)));
    }
    return surrogate;
  }

  /// Sets the bound to the largest magnitude of the first batch.
  ///
  /// @param bound edited
  public static void start(Tensor bound, Tensor x) {
    try (NoGradGuard _ = new NoGradGuard()) {
      RangeObserver.unversioned(bound).fill_(x.detach().abs().max());
    }
  }
}
