// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.estimator;

import dev.quench.compress.train.quantize.Levels;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// Rounding to [Levels] in FP32 as `QuantizeLinear` and `DequantizeLinear` define it: divide, round
/// half to even, add the zero point, saturate, subtract it, multiply.
///
/// The gradient passes where the rounded value needs no saturation; scales get none, unless the
/// caller's scale asks for it. Source: Jacob et al., CVPR 2018, section 3.
public final class FakeQuantization {
  private FakeQuantization() {}

  /// Rounds with one range.
  ///
  /// Clips x itself, so that the gradient is a single pass over x, and rounds what that gives in
  /// place.
  ///
  /// @param x FP32
  public static Tensor quantize(Tensor x, Levels levels, float min, float max) {
    float scale = levels.scale(min, max);
    int zeroPoint = levels.zeroPoint(min, scale);
    Scalar lowest = new Scalar((double) -largest(zeroPoint - levels.low(), scale));
    Scalar highest = new Scalar((double) largest(levels.high() - zeroPoint, scale));
    Tensor surrogate = torch.hardtanh(x, lowest, highest);
    try (NoGradGuard _ = new NoGradGuard()) {
      Tensor divisor = constant(scale, x);
      CachedParts.edit(surrogate.detach(), part -> part.div_(divisor).round_().mul_(divisor));
    }
    return surrogate;
  }

  /// The largest number that rounds to a multiple of the scale at most.
  private static float largest(int multiple, float scale) {
    float bound = (float) ((multiple + 0.5) * scale);
    while (Math.rint(bound / scale) > multiple) {
      bound = Math.nextDown(bound);
    }
    return bound;
  }

  /// Rounds with one zero point.
  ///
  /// @param scale greater than 0, of a shape that broadcasts to x
  static Tensor quantize(Tensor x, Levels levels, Tensor scale, int zeroPoint) {
    double low = (double) levels.low() - zeroPoint;
    double high = (double) levels.high() - zeroPoint;
    Tensor surrogate = torch.hardtanh(x.div(scale), new Scalar(low - 0.5), new Scalar(high + 0.5));
    try (NoGradGuard _ = new NoGradGuard()) {
      torch.hardtanh_(surrogate.detach().round_(), new Scalar(low), new Scalar(high));
    }
    return surrogate.mul(scale);
  }

  /// Rounds with a range for each channel.
  ///
  /// @param x FP32
  /// @param min smallest values, of a shape that broadcasts to x, without gradient
  /// @param max largest values, likewise
  public static Tensor quantizeChannels(Tensor x, Levels levels, Tensor min, Tensor max) {
    Tensor scale = scale(levels, min, max);
    if (levels.symmetric()) {
      return quantize(x, levels, scale, 0);
    }
    Tensor zeroPoint =
        torch.hardtanh(
            torch.clamp_max(min, new Scalar(0.0)).neg().div(scale).round(),
            new Scalar((double) levels.low()),
            new Scalar((double) levels.high()));
    Tensor low = zeroPoint.neg().add(new Scalar((double) levels.low()));
    Tensor high = zeroPoint.neg().add(new Scalar((double) levels.high()));
    Scalar half = new Scalar(0.5);
    Tensor surrogate =
        torch.clamp(
            x.div(scale), new TensorOptional(low.sub(half)), new TensorOptional(high.add(half)));
    try (NoGradGuard _ = new NoGradGuard()) {
      Tensor inside = surrogate.detach();
      inside.copy_(torch.clamp(inside.round(), new TensorOptional(low), new TensorOptional(high)));
    }
    return surrogate.mul(scale);
  }

  /// [Levels#scale] for each channel.
  private static Tensor scale(Levels levels, Tensor min, Tensor max) {
    Tensor width =
        levels.symmetric()
            ? torch.maximum(min.abs(), max.abs())
            : torch.clamp_min(max, new Scalar(0.0)).sub(torch.clamp_max(min, new Scalar(0.0)));
    Tensor scale = width.div(constant(levels.steps(), width));
    return scale.masked_fill_(
        scale.lt(new Scalar((double) Levels.SMALLEST_SCALE)), new Scalar(1.0));
  }

  /// A tensor of one element, as division by a scalar may multiply by its inverse.
  ///
  /// @param like of the same type, on the same device
  public static Tensor constant(float value, Tensor like) {
    return torch.full(new long[] {1}, new Scalar((double) value), like.options());
  }
}
