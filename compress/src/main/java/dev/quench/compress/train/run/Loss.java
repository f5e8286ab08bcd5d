// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.train.libtorch.Constants;
import dev.quench.compress.train.libtorch.Types;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// The loss that training minimizes, as a mean over the batch.
public enum Loss {
  /// −log softmax(y)\[label\]. Training omits a softmax at the end of the network.
  CROSS_ENTROPY,
  /// Mean over all outputs of max(0, 1 − t·y)², t = +1 for the label and −1 for the others. Source:
  /// Hubara et al., Binarized Neural Networks, NIPS 2016, section 2.
  SQUARED_HINGE;

  private static final long IGNORED_LABEL = -100;
  private static final long MEAN = 1;

  /// As [#of(Tensor, Tensor, double)] without label smoothing.
  // The finalizer of enums does nothing.
  @SuppressWarnings("UnsafeFinalization")
  public Tensor of(Tensor outputs, Tensor labels) {
    return of(outputs, labels, 0);
  }

  /// @param outputs FP32 `[batch, classes]`
  /// @param labels INT64 `[batch]`
  /// @param smoothing share of each label that is spread over all classes; cross-entropy alone
  ///   takes it
  /// @return a scalar
  // The finalizer of enums does nothing.
  @SuppressWarnings("UnsafeFinalization")
  public Tensor of(Tensor outputs, Tensor labels, double smoothing) {
    return switch (this) {
      case CROSS_ENTROPY ->
          torch.cross_entropy_loss(
              outputs, labels, new TensorOptional(), MEAN, IGNORED_LABEL, smoothing);
      case SQUARED_HINGE -> {
        Tensor targets =
            torch
                .zeros_like(outputs)
                .sub(Constants.ONE)
                .scatter_(1, labels.unsqueeze(1), new Scalar(1.0));
        yield torch
            .relu(targets.mul(outputs).neg().add(Constants.ONE))
            .square()
            .mean(new long[] {0, 1}, false, Types.KEEP);
      }
    };
  }
}
