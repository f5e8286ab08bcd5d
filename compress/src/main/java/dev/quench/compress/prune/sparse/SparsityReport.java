// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.sparse;

import dev.quench.compress.prune.MaskedEquivalence;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a pattern made of a model.
///
/// @param layers that have the pattern now
/// @param leftOut reasons by name of the layers that stay as they are
/// @param weights of the layers that have the pattern
/// @param zeros those of them that are zero now
/// @param equivalence how far the model in its new order is from the original, before any weight
///   became zero; empty if it was not checked or nothing moved
public record SparsityReport(
    SparsityPattern pattern,
    List<Layer> layers,
    Map<String, String> leftOut,
    long weights,
    long zeros,
    Optional<MaskedEquivalence> equivalence) {
  public SparsityReport {
    layers = List.copyOf(layers);
    leftOut = Collections.unmodifiableMap(new LinkedHashMap<>(leftOut));
  }

  /// One layer.
  ///
  /// @param share of the sum of all magnitudes that stays in the order of the model
  /// @param permutedShare the same in the order found
  /// @param unmoved why input channels keep their places; empty where all could move
  public record Layer(String name, double share, double permutedShare, String unmoved) {}

  /// The mean over the layers of the share of magnitude that stays.
  public double meanShare() {
    return layers.stream().mapToDouble(Layer::permutedShare).average().orElse(1);
  }
}
