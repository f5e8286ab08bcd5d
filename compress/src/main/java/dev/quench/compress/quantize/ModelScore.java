// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Model;

/// Judges a whole model by what it is for: top-1 accuracy, mean IoU, F1. Higher is better.
@FunctionalInterface
public interface ModelScore {
  /// @param model float or quantized; not to be edited
  /// @return in the unit of the metric; the same for the same model
  double of(Model model);
}
