// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.compress.binary.WeightBits;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.Optimizer;

/// One step on the way to the trained network of a [Row]; each takes the model of the one before.
/// Its text tells in a run's file how the network was made.
public sealed interface RowStep {
  /// Trains all weights.
  record Train(int epochs, Optimizer optimizer, Loss loss) implements RowStep {}

  /// Trains all weights with a penalty on the scales γ of BatchNormalization.
  ///
  /// @param sparsity strength of the L1 penalty
  record SparseTrain(int epochs, Optimizer optimizer, double sparsity) implements RowStep {}

  /// Cuts the channels of smallest |γ|, whole groups of dependent channels at once.
  ///
  /// @param share of the parameters that goes at least
  record Prune(double share) implements RowStep {}

  /// Makes the layers between the first and the last binary or ternary.
  ///
  /// @param signs whether they read signs
  record Binarize(WeightBits weights, boolean signs) implements RowStep {}

  /// Lets the gradient through signs fall off with |x|, as Bi-Real Net does.
  record PolynomialSigns() implements RowStep {}

  /// Puts quantizers in front of weights and activations, which take part in what is trained next.
  record Quantize(TrainingScheme scheme) implements RowStep {}
}
