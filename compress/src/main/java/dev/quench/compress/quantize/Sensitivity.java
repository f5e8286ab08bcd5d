// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What a [SensitivitySearch] found.
///
/// @param ranking every tensor that can be quantized, the one that costs most first
/// @param excludedNodes names of the nodes to leave float, quoted for
///   [QdqOptions#withExcludedNodes]
/// @param cosine of the outputs with those left float: the worst over all samples and outputs
public record Sensitivity(
    List<TensorSensitivity> ranking, Set<String> excludedNodes, double cosine) {
  /// @param tensor a quantized activation
  /// @param layers the nodes that read it quantized
  /// @param cosine of the outputs when it alone is quantized, with the weights of its layers
  public record TensorSensitivity(String tensor, List<String> layers, double cosine) {
    public TensorSensitivity {
      layers = List.copyOf(layers);
    }
  }

  public Sensitivity {
    ranking = List.copyOf(ranking);
    excludedNodes = Collections.unmodifiableSet(new LinkedHashSet<>(excludedNodes));
  }
}
