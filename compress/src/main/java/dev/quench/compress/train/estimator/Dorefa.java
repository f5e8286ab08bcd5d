// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.estimator;

import dev.quench.compress.train.quantize.DorefaLevels;
import dev.quench.compress.train.quantize.Levels;
import java.util.Arrays;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorTensorHook;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// The quantizers of DoReFa-Net on [DorefaLevels], with straight-through gradients of the rounding
/// alone. Source: Zhou et al., DoReFa-Net, 2016, equations 9, 11 and 12.
public final class Dorefa {
  private Dorefa() {}

  /// @param weights FP32
  public static Tensor weights(Tensor weights, DorefaLevels levels) {
    Tensor bounded = torch.tanh(weights.to(ScalarType.Double)).to(ScalarType.Float);
    Tensor magnitude =
        torch.clamp_min(bounded.abs().max(), new Scalar((double) Levels.SMALLEST_SCALE));
    Tensor share = bounded.div(magnitude.mul(new Scalar(2.0))).add(new Scalar(0.5));
    Scalar scale = new Scalar((double) levels.weightScale());
    int largest = levels.largest();
    return switch (levels.form()) {
      case ODD ->
          rounded(share.mul(new Scalar((double) largest)))
              .mul(new Scalar(2.0))
              .sub(new Scalar((double) largest))
              .mul(scale);
      case SHIFTED ->
          rounded(share.mul(new Scalar((double) largest))).mul(scale).sub(new Scalar(1.0));
      case WITH_ZERO ->
          rounded(
                  share
                      .mul(new Scalar(2.0))
                      .sub(new Scalar(1.0))
                      .mul(new Scalar((double) Byte.MAX_VALUE)))
              .mul(scale);
    };
  }

  /// @param x FP32
  public static Tensor activation(Tensor x, DorefaLevels levels) {
    Scalar largest = new Scalar((double) levels.largest());
    Tensor surrogate =
        torch.hardtanh(
            x.div(FakeQuantization.constant(levels.inputScale(), x)), new Scalar(0.0), largest);
    try (NoGradGuard _ = new NoGradGuard()) {
      surrogate.detach().round_();
    }
    return surrogate.mul(new Scalar((double) levels.outputScale()));
  }

  /// Returns x; the gradient g of each sample that comes back is replaced by 2m · (q(g / 2m + ½ +
  /// N) − ½), where m is the largest |g| of the sample, q rounds to multiples of 1/n in [0, 1], and
  /// N is uniform in ±1/(2n).
  ///
  /// @param x `[samples, …]`
  public static Tensor quantizeGradient(Tensor x, DorefaLevels levels) {
    Tensor same = x.alias();
    if (same.requires_grad()) {
      same.register_hook(new GradientHook(levels));
    }
    return same;
  }

  private static Tensor quantized(Tensor gradient, DorefaLevels levels) {
    double largest = levels.largest();
    long[] axes = new long[Math.toIntExact(gradient.dim()) - 1];
    Arrays.setAll(axes, i -> i + 1L);
    Tensor twice =
        torch.clamp_min(
            gradient.abs().amax(axes, true).mul(new Scalar(2.0)),
            new Scalar((double) Levels.SMALLEST_SCALE));
    Tensor noise = torch.rand_like(gradient).sub(new Scalar(0.5));
    Tensor level =
        torch.hardtanh(
            gradient.div(twice).add(new Scalar(0.5)).mul(new Scalar(largest)).add(noise).round(),
            new Scalar(0.0),
            new Scalar(largest));
    return level.div(new Scalar(largest)).sub(new Scalar(0.5)).mul(twice);
  }

  private static Tensor rounded(Tensor x) {
    Tensor surrogate = x.clone();
    try (NoGradGuard _ = new NoGradGuard()) {
      surrogate.detach().round_();
    }
    return surrogate;
  }

  private static final class GradientHook extends TensorTensorHook {
    private final DorefaLevels levels;

    GradientHook(DorefaLevels levels) {
      this.levels = levels;
    }

    @Override
    public TensorBase call(TensorBase gradient) {
      try (NoGradGuard _ = new NoGradGuard()) {
        return quantized(new Tensor(gradient), levels);
      }
    }
  }
}
