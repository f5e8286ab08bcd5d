// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

import dev.quench.graph.Model;

/// Measures a layer against its factors.
@FunctionalInterface
public interface LayerTrial {
  /// The time of the factors over that of the layer; less than 1 is faster.
  ///
  /// @param layer a model of one layer with a fixed input
  /// @param factors the same, split
  double timeRatio(Model layer, Model factors);
}
