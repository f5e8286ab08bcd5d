// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

import dev.quench.compress.TensorArrays;
import dev.quench.graph.Node;
import dev.quench.tensor.Tensor;
import java.util.Optional;

/// The ways to split one layer. Computes in double.
sealed interface LayerSplit permits ConvolutionSplit, ProductSplit {
  /// Empty for a node that is not a layer.
  ///
  /// @throws UnfactorableException saying why a layer cannot be split
  static Optional<LayerSplit> of(Node node) {
    return ConvolutionSplit.of(node).or(() -> ProductSplit.of(node));
  }

  /// @param align ranks are multiples of it where the layer is large enough
  /// @throws UnfactorableException if the method does not apply, or saves nothing at the rank
  FactoredLayer split(FactorMethod method, RankRule rule, int align);

  /// The weights, constant and of a type that is computed with.
  static Tensor weights(Node node) {
    Tensor weights =
        node.input(1)
            .constant()
            .orElseThrow(() -> new UnfactorableException("its weights are not constant"));
    if (!TensorArrays.supports(weights.dataType()) || weights.elements() == 0) {
      throw new UnfactorableException("its weights are " + weights.dataType());
    }
    for (long i = 0; i < weights.elements(); i++) {
      if (!Double.isFinite(weights.doubleAt(i))) {
        throw new UnfactorableException("its weights hold NaN or infinity");
      }
    }
    return weights;
  }

  /// @param perRank MACs of each rank, as a share of the layer's
  static int rank(RankRule rule, int align, SingularValues found, double perRank) {
    int most = found.count();
    switch (rule) {
      case RankRule.Energy(double share) -> {
        return roundedUp(found.rankFor(share), align, most);
      }
      case RankRule.Macs(double share) -> {
        int rank = Math.min(most, roundedDown((int) (share / perRank), align));
        if (rank == 0) {
          throw noRank(share, align);
        }
        return rank;
      }
    }
  }

  static UnfactorableException noRank(double share, int align) {
    return new UnfactorableException(
        "%.2f of its MACs are fewer than a rank of %d takes".formatted(share, align));
  }

  static int roundedUp(int rank, int align, int most) {
    return Math.min(most, Math.ceilDiv(rank, align) * align);
  }

  static int roundedDown(int rank, int align) {
    return rank / align * align;
  }
}
