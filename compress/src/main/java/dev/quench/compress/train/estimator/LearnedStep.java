// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.estimator;

import dev.quench.compress.train.quantize.Levels;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Rounding to levels whose step s is trained.
///
/// With u = x / s, the gradient of s is round(u) − u inside the levels and the lowest or highest
/// level outside, times g = 1 / √(n · high); that of x passes inside. s starts at 2 · mean |x| /
/// √high. Source: Esser et al., Learned Step Size Quantization, ICLR 2020, equations 1 to 5.
/// Differs from it: the step is |s|, so that it stays positive.
public final class LearnedStep {
  private LearnedStep() {}

  /// @param x FP32
  /// @param step trained, of a shape that broadcasts to x
  /// @param count n, the number of weights or of features that share a step
  public static Tensor quantize(Tensor x, Tensor step, Levels levels, double count) {
    Scalar factor = new Scalar(1 / Math.sqrt(count * levels.high()));
    Tensor positive = torch.clamp_min(step.abs(), new Scalar((double) Levels.SMALLEST_SCALE));
    Tensor scaled = positive.mul(factor);
    // Value of `positive` to the bit, gradient of `scaled`.
    Tensor scale = positive.detach().add(scaled.sub(scaled.detach()));
    return FakeQuantization.quantize(x, levels, scale, 0);
  }

  /// Sets the step from the first batch.
  ///
  /// @param step edited, one element
  public static void start(Tensor step, Tensor x, Levels levels) {
    try (NoGradGuard _ = new NoGradGuard()) {
      RangeObserver.unversioned(step)
          .fill_(
              x.detach()
                  .abs()
                  .mean()
                  .mul(new Scalar(2 / Math.sqrt(levels.high())))
                  .clamp_min(new Scalar((double) Levels.SMALLEST_SCALE)));
    }
  }
}
