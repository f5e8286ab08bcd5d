// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.estimator;

import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/// A layer's weights and bias with the normalization behind it folded in.
///
/// Training folds with the statistics of the batch, or, calibrated, weights with the running ones
/// and corrects the layer's output by the ratio of the deviations; evaluation folds with the
/// running ones alone. Source: Krishnamoorthi, Quantizing deep convolutional networks for efficient
/// inference, 2018, section 3.2.2.
///
/// @param weights w′, in the shape of the weights
/// @param bias b′, `[channels]`
/// @param ratio of the running to the batch's deviation, `[channels]`; null where it is 1
public record NormalizationFold(Tensor weights, Tensor bias, @Nullable Tensor ratio) {
  /// The parameters of a normalization, `[channels]` each.
  ///
  /// @param variance edited by [#ofBatch], like `mean`
  public record Normalization(
      Tensor gamma, Tensor beta, Tensor mean, Tensor variance, float epsilon, double momentum) {}

  /// Folds with running statistics: s = γ / √(σ² + ε), w′ = w · s, b′ = (b − μ) · s + β.
  ///
  /// @param bias of the layer; null for none
  /// @param along shape with which `[channels]` broadcasts to the weights
  public static NormalizationFold ofRunning(
      Tensor weights, @Nullable Tensor bias, Normalization normalization, long... along) {
    Tensor factor =
        normalization.gamma().div(deviation(normalization.variance(), normalization.epsilon()));
    return new NormalizationFold(
        weights.mul(factor.view(along)),
        shift(bias, normalization.mean(), factor, normalization),
        null);
  }

  /// Folds with the statistics of a batch, and adds them to the running ones.
  ///
  /// The batch is normalized by its biased variance, and the running one gets the unbiased, as
  /// libtorch does it.
  ///
  /// @param sums FP32 output of the layer with its own weights, channels at axis 1
  /// @param calibrated whether weights take the running deviation
  public static NormalizationFold ofBatch(
      Tensor sums,
      Tensor weights,
      @Nullable Tensor bias,
      Normalization normalization,
      boolean calibrated,
      long... along) {
    long[] others = new long[Math.toIntExact(sums.dim()) - 1];
    for (int i = 1; i < others.length; i++) {
      others[i] = i + 1L;
    }
    double samples = (double) sums.numel() / sums.size(1);
    Tensor mean = sums.mean(others, false, new ScalarTypeOptional());
    Tensor variance = sums.var(others, false, false);
    update(normalization.mean(), mean, normalization.momentum());
    try (NoGradGuard _ = new NoGradGuard()) {
      Tensor unbiased = variance.detach().mul(new Scalar(samples / Math.max(1, samples - 1)));
      update(normalization.variance(), unbiased, normalization.momentum());
    }
    Tensor batchDeviation = deviation(variance, normalization.epsilon());
    Tensor factor = normalization.gamma().div(batchDeviation);
    Tensor folded = shift(bias, mean, factor, normalization);
    if (!calibrated) {
      return new NormalizationFold(weights.mul(factor.view(along)), folded, null);
    }
    Tensor running = deviation(normalization.variance(), normalization.epsilon());
    return new NormalizationFold(
        weights.mul(normalization.gamma().div(running).view(along)),
        folded,
        running.div(batchDeviation));
  }

  private static Tensor deviation(Tensor variance, float epsilon) {
    return variance.add(new Scalar((double) epsilon)).sqrt();
  }

  private static Tensor shift(
      @Nullable Tensor bias, Tensor mean, Tensor factor, Normalization normalization) {
    Tensor centred = bias == null ? mean.neg() : bias.sub(mean);
    return centred.mul(factor).add(normalization.beta());
  }

  private static void update(Tensor running, Tensor batch, double momentum) {
    try (NoGradGuard _ = new NoGradGuard()) {
      RangeObserver.unversioned(running)
          .mul_(new Scalar(1 - momentum))
          .add_(batch.detach(), new Scalar(momentum));
    }
  }
}
