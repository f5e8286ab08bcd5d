// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.compress.binary.WeightBits;
import dev.quench.compress.zoo.Architecture;

/// What the steps of a [Row] begin with. Its text tells in a run's file how the network was made.
public sealed interface RowStart {
  /// A network of the zoo with initial weights of the run's seed.
  ///
  /// @param width factor of its numbers of channels
  record Build(Architecture architecture, double width, WeightBits weights, boolean signs)
      implements RowStart {}

  /// The trained network of another row and the same seed.
  record From(String row) implements RowStart {}
}
