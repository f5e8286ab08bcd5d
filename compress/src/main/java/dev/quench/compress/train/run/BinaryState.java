// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.binary.TrainingOps;
import dev.quench.compress.train.libtorch.Constants;
import dev.quench.compress.train.program.Parameter;
import dev.quench.compress.train.program.Parameters;
import dev.quench.graph.Node;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// Weights that are −1 and +1 themselves during training, which [Optimizer.Bop] flips.
final class BinaryState {
  private BinaryState() {}

  /// @throws TrainingException unless there are latent weights and all of them pass as their sign
  static void require(Parameters parameters) {
    boolean any = false;
    for (Parameter parameter : parameters.all()) {
      if (parameter.role() == Parameter.Role.LATENT) {
        any = true;
        Node binarize = parameter.value().uses().getFirst().node();
        if (TrainingOps.isTernary(binarize)
            || TrainingOps.isCentred(binarize)
            || TrainingOps.isStochastic(binarize)) {
          throw new TrainingException(
              "bop flips weights that are -1 or +1, but those of %s are ternary, centred or drawn; choose another optimizer"
                  .formatted(parameter.value().name()));
        }
      }
    }
    if (!any) {
      throw new TrainingException(
          "bop flips 1-bit weights and this network has none; choose another optimizer");
    }
  }

  /// Replaces values with their signs, +1 for 0.
  static void binarize(Tensor latent) {
    try (NoGradGuard _ = new NoGradGuard()) {
      latent.copy_(latent.ge(new Scalar(0.0))).mul_(new Scalar(2.0)).sub_(Constants.ONE);
    }
  }

  /// Averages the gradients and flips weights whose average exceeds the threshold with their sign.
  static void flip(
      Tensor weights, Tensor gradients, Tensor average, double adaptivity, double threshold) {
    average.lerp_(gradients, new Scalar(adaptivity));
    Tensor flips = average.mul(weights).gt(new Scalar(threshold));
    weights.copy_(weights.where(flips.logical_not(), weights.neg()));
  }
}
