// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

import java.util.List;
import java.util.OptionalDouble;

/// Which layers were split, and which were not, with the reason.
///
/// @param layers in graph order
public record FactorizationReport(List<Layer> layers) {
  /// What became of a layer.
  public sealed interface Layer {
    /// Description of the node, such as `Conv 'conv1'`.
    String node();
  }

  /// A layer that was split.
  ///
  /// @param ranks one, or of Tucker's core inputs and outputs
  /// @param macsShare MACs left, as a share of the layer's
  /// @param error Frobenius norm of the change of the weights over that of the weights
  /// @param timeRatio measured time of the factors over the layer's; empty if not measured
  public record Split(
      String node,
      FactorMethod method,
      List<Integer> ranks,
      double macsShare,
      double error,
      OptionalDouble timeRatio)
      implements Layer {
    public Split {
      ranks = List.copyOf(ranks);
    }
  }

  /// A layer that stays, with the reason on one line.
  public record Whole(String node, String reason) implements Layer {}

  public FactorizationReport {
    layers = List.copyOf(layers);
  }

  public List<Split> splits() {
    return layers.stream().filter(Split.class::isInstance).map(Split.class::cast).toList();
  }
}
