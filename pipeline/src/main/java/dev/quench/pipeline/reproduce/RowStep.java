// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.compress.binary.WeightBits;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.zoo.Architecture;
import java.util.Optional;

/// One step from nothing to the trained network of a [Row]; each takes the model of the one before.
/// Its text tells in a run's file how the network was made.
public sealed interface RowStep {
  /// Builds a network of the zoo with initial weights of the run's seed.
  ///
  /// @param width factor of its numbers of channels
  record Build(Architecture architecture, double width, WeightBits weights, boolean signs)
      implements RowStep {}

  /// Takes the trained network of another row and the same seed.
  record From(String row) implements RowStep {}

  /// Trains all weights.
  record Train(int epochs, Optimizer optimizer, Loss loss) implements RowStep {}

  /// Cuts the channels of smallest |γ| after sparse training.
  ///
  /// @param share of the channels
  record Prune(double share) implements RowStep {}

  /// DoReFa's quantizers in training.
  record DoReFa(int weights, int activations) implements RowStep {}

  /// Quantizers of integer arithmetic, BatchNormalization fused, symmetric, by channel.
  record FusedQuantizers(int bits) implements RowStep {}

  /// The algorithm that this version lacks for the step; empty if it can run.
  default Optional<String> missing() {
    return switch (this) {
      case Build _, From _, Train _ -> Optional.empty();
      case Prune _ -> Optional.of("pruning of channels in training");
      case DoReFa _ -> Optional.of("DoReFa's quantizers");
      case FusedQuantizers _ -> Optional.of("quantizers with fused BatchNormalization");
    };
  }
}
