// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.compress.train.libtorch.Compute;
import java.util.OptionalInt;

/// How the runs of a table are trained.
///
/// @param epochs in place of those of each row; empty to keep them
/// @param threads of training and evaluation
/// @param compute of convolutions and products in training
public record ReproductionSettings(OptionalInt epochs, int threads, Compute compute) {
  public ReproductionSettings {
    if (epochs.orElse(1) < 1) {
      throw new IllegalArgumentException("epochs must be 1 or more, got " + epochs.getAsInt());
    }
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be 1 or more, got " + threads);
    }
  }

  /// The step with these settings.
  RowStep applied(RowStep step) {
    return switch (step) {
      case RowStep.Train(int own, var optimizer, var loss) ->
          new RowStep.Train(epochs.orElse(own), optimizer, loss);
      case RowStep.SparseTrain(int own, var optimizer, double sparsity) ->
          new RowStep.SparseTrain(epochs.orElse(own), optimizer, sparsity);
      case RowStep.Prune _, RowStep.Binarize _, RowStep.PolynomialSigns _, RowStep.Quantize _ ->
          step;
    };
  }
}
