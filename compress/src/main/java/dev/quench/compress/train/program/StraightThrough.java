// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import static dev.quench.compress.train.libtorch.Constants.MINUS_ONE;
import static dev.quench.compress.train.libtorch.Constants.ONE;
import static dev.quench.compress.train.libtorch.Constants.TWO;
import static dev.quench.compress.train.libtorch.Constants.ZERO;

import dev.quench.compress.train.libtorch.Types;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// Functions without a useful gradient, with the surrogate gradient that training uses.
///
/// Each computes a surrogate and then overwrites the surrogate's output, which its gradient does
/// not read: the forward value is exact, the backward pass is that of the surrogate.
public final class StraightThrough {
  private static final double TERNARY_THRESHOLD = 0.7;
  private static final Scalar TERNARY_FACTOR =
      new Scalar(TERNARY_THRESHOLD).<Scalar>retainReference();

  private static final long[] SCALAR_SHAPE = {};

  private StraightThrough() {}

  /// Computes +1 where x ≥ 0, including both zeros, and −1 elsewhere and for NaN. The gradient
  /// passes where −1 < x < 1. Source: Hubara et al., Binarized Neural Networks, NIPS 2016, eq. 4.
  public static Tensor signOfActivation(Tensor x) {
    Tensor surrogate = torch.hardtanh(x, MINUS_ONE, ONE);
    overwriteWithSign(surrogate, x);
    return surrogate;
  }

  /// Computes ONNX Sign, which is 0 at 0. The gradient passes where −1 < x < 1.
  static Tensor threeValuedSign(Tensor x) {
    Tensor surrogate = torch.hardtanh(x, MINUS_ONE, ONE);
    try (NoGradGuard _ = new NoGradGuard()) {
      surrogate.detach().sign_();
    }
    return surrogate;
  }

  /// Computes +1 where w ≥ 0, else −1. The gradient passes everywhere, because latent weights are
  /// clipped to [−1, 1] and would otherwise stay at the ends.
  public static Tensor signOfWeights(Tensor latent) {
    Tensor surrogate = latent.clone();
    overwriteWithSign(surrogate, latent);
    return surrogate;
  }

  /// Computes sgn(w) where |w| > 0.7 · mean |w| of its filter, else 0. The gradient passes
  /// everywhere. A filter of zeros stays zero. Source: Li et al., Ternary Weight Networks, 2016,
  /// eq. 6.
  public static Tensor ternaryOfWeights(Tensor latent) {
    Tensor surrogate = latent.clone();
    try (NoGradGuard _ = new NoGradGuard()) {
      surrogate.detach().copy_(latent.sign().mul(ternaryMask(latent)));
    }
    return surrogate;
  }

  /// Computes the mean of |w| over each filter, `[filters, 1, …]`, with one axis less than the
  /// weights, in double rounded to FP32; differentiable.
  public static Tensor binaryScale(Tensor latent) {
    return torch
        .abs(latent)
        .to(ScalarType.Double)
        .mean(withoutFirst(latent), true, Types.KEEP)
        .to(ScalarType.Float)
        .squeeze(1);
  }

  /// Computes the mean of |w| over the weights of each filter that are nonzero in
  /// [#ternaryOfWeights], with the shape of [#binaryScale]; 0 if all are 0; differentiable.
  public static Tensor ternaryScale(Tensor latent) {
    Tensor mask;
    Tensor count;
    try (NoGradGuard _ = new NoGradGuard()) {
      mask = ternaryMask(latent);
      count = mask.to(ScalarType.Double).sum(withoutFirst(latent), true, Types.KEEP).clamp_min(ONE);
    }
    return torch
        .abs(latent)
        .mul(mask)
        .to(ScalarType.Double)
        .sum(withoutFirst(latent), true, Types.KEEP)
        .div(count)
        .to(ScalarType.Float)
        .squeeze(1);
  }

  /// Computes `QuantizeLinear` followed by `DequantizeLinear` as ONNX defines them: divide, round
  /// half to even, saturate, multiply. The gradient passes inside the range, not at its ends.
  ///
  /// @param scale positive, with a shape that broadcasts to x
  /// @param resultScale of `DequantizeLinear`, likewise
  /// @param low smallest quantized value minus the zero point
  /// @param high largest quantized value minus the zero point
  public static Tensor quantize(
      Tensor x, Tensor scale, Tensor resultScale, Scalar low, Scalar high) {
    Tensor surrogate = torch.hardtanh(x.div(scale), low, high);
    try (NoGradGuard _ = new NoGradGuard()) {
      surrogate.detach().round_();
    }
    return surrogate.mul(resultScale);
  }

  /// Overwrites a surrogate of x with +1 where x ≥ 0, else −1, unknown to its gradient.
  static void overwriteWithSign(Tensor surrogate, Tensor x) {
    try (NoGradGuard _ = new NoGradGuard()) {
      Tensor signs = surrogate.detach();
      torch.ge_out(signs, x, ZERO);
      // A number of another type than the tensor's would make libtorch convert the whole tensor.
      torch.add_out(signs, signs.new_full(SCALAR_SHAPE, MINUS_ONE), signs, TWO);
    }
  }

  private static Tensor ternaryMask(Tensor latent) {
    Tensor magnitude = torch.abs(latent);
    Tensor threshold =
        magnitude
            .to(ScalarType.Double)
            .mean(withoutFirst(latent), true, Types.KEEP)
            .mul(TERNARY_FACTOR)
            .to(ScalarType.Float);
    return magnitude.gt(threshold).to(latent.scalar_type());
  }

  private static long[] withoutFirst(Tensor tensor) {
    long[] axes = new long[Math.toIntExact(tensor.dim()) - 1];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i + 1L;
    }
    return axes;
  }
}
