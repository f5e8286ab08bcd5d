// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/// What a [SensitivitySearch] found.
///
/// @param ranking every tensor that can be quantized, the one that costs most first
/// @param excludedNodes names of the nodes to leave float
/// @param fidelity of the outputs with those left float
/// @param drop of the score with those left float, where the goal was a score
/// @param reached whether the goal holds with those left float
public record Sensitivity(
    List<TensorSensitivity> ranking,
    Set<String> excludedNodes,
    OutputFidelity fidelity,
    OptionalDouble drop,
    boolean reached) {
  /// @param tensor a quantized activation
  /// @param layers the nodes that read it quantized
  /// @param fidelity of the outputs when it alone is quantized, with the weights of its layers
  /// @param drop of the score then, where the goal was a score; negative where the score rose
  public record TensorSensitivity(
      String tensor, List<String> layers, OutputFidelity fidelity, OptionalDouble drop) {
    public TensorSensitivity {
      layers = List.copyOf(layers);
    }
  }

  public Sensitivity {
    ranking = List.copyOf(ranking);
    excludedNodes = Collections.unmodifiableSet(new LinkedHashSet<>(excludedNodes));
  }

  /// The worst over all samples and outputs.
  public double cosine() {
    return fidelity.cosine();
  }
}
