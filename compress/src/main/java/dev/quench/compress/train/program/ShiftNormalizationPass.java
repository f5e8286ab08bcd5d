// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.libtorch.Types;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// Shift-based batch normalization over all axes but the second. Source: Hubara et al., Binarized
/// Neural Networks, NIPS 2016, algorithm 3; see
/// [ShiftNormalization][dev.quench.compress.binary.ShiftNormalization].
///
/// @param scale γ, `[channels]`
/// @param shift β, `[channels]`
public record ShiftNormalizationPass(Tensor scale, Tensor shift) {
  /// Normalizes by the running values, in the order of the exported nodes.
  ///
  /// @param x FP32 `[batch, channels, …]`
  /// @param inverse running 1/√(v + ε)
  public Tensor evaluate(Tensor x, Tensor mean, Tensor inverse) {
    Tensor factor =
        BinaryEstimators.nearestPowerOfTwo(scale).mul(BinaryEstimators.nearestPowerOfTwo(inverse));
    return x.sub(along(x, mean)).mul(along(x, factor)).add(along(x, shift));
  }

  /// Normalizes by the batch and updates the running values.
  ///
  /// With s = AP2(1/√(v + ε)) and c = x − mean(x), the gradients are g for β, Σ AP2(s·c)·g for γ,
  /// and AP2(γ)·s·(g − mean(g) − s²·AP2(c)·mean(AP2(c)·g)) for x.
  ///
  /// @param momentum weight of the batch in the running values
  public Tensor train(Tensor x, Tensor mean, Tensor inverse, double momentum, double epsilon) {
    long[] axes = allButChannels(x);
    Tensor rounded; // AP2(c)
    Tensor factor; // AP2(γ)·s
    Tensor square; // s²
    Tensor normalized; // AP2(s·c)
    Tensor exact;
    try (NoGradGuard _ = new NoGradGuard()) {
      Tensor values = x.detach();
      Tensor batchMean = values.mean(axes, false, Types.KEEP);
      Tensor centred = values.sub(along(x, batchMean));
      rounded = BinaryEstimators.nearestPowerOfTwo(centred);
      Tensor deviation =
          centred.mul(rounded).mean(axes, false, Types.KEEP).add(new Scalar(epsilon)).rsqrt();
      Tensor power = BinaryEstimators.nearestPowerOfTwo(deviation);
      square = along(x, power.square());
      factor = along(x, BinaryEstimators.nearestPowerOfTwo(scale).mul(power));
      normalized = BinaryEstimators.nearestPowerOfTwo(centred.mul(along(x, power)));
      exact = centred.mul(factor).add(along(x, shift));
      mean.lerp_(batchMean, new Scalar(momentum));
      inverse.lerp_(deviation, new Scalar(momentum));
    }
    Tensor correlation = x.mul(rounded).mean(axes, true, Types.KEEP);
    Tensor surrogate =
        x.sub(x.mean(axes, true, Types.KEEP))
            .sub(rounded.mul(correlation).mul(square))
            .mul(factor)
            .add(normalized.mul(along(x, scale)))
            .add(along(x, shift));
    try (NoGradGuard _ = new NoGradGuard()) {
      surrogate.detach().copy_(exact);
    }
    return surrogate;
  }

  private static Tensor along(Tensor x, Tensor channels) {
    long[] sizes = LayerOperations.ones(Math.toIntExact(x.dim()));
    sizes[1] = -1;
    return channels.view(sizes);
  }

  private static long[] allButChannels(Tensor x) {
    long[] axes = new long[Math.toIntExact(x.dim()) - 1];
    for (int i = 1; i < axes.length; i++) {
      axes[i] = i + 1L;
    }
    return axes;
  }
}
