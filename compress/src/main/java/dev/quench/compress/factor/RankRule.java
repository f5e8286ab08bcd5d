// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

/// How many singular values a factorization keeps.
public sealed interface RankRule {
  /// The fewest whose squares sum to a share of all squares.
  record Energy(double share) implements RankRule {
    public Energy {
      requireShare("share of the energy", share);
    }
  }

  /// As many as leave this share of the layer's MACs.
  record Macs(double share) implements RankRule {
    public Macs {
      requireShare("share of the MACs", share);
    }
  }

  private static void requireShare(String what, double share) {
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException(
          "the %s must be above 0 and below 1, got %s".formatted(what, share));
    }
  }
}
