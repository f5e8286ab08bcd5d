// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import dev.quench.graph.Node;

/// Quench's custom operators, which a graph contains only during training.
///
/// `Binarize(latent) → quantized, scale`: the latent weights `[filters, …]` as −1, +1 (attribute
/// `levels` 2) or −1, 0, +1 (`levels` 3), and the scale α `[filters]` that minimizes their distance
/// to the latent weights. [LowerBinary] replaces the node with constants.
public final class TrainingOps {
  /// The domain of these operators.
  public static final String DOMAIN = "dev.quench.training";

  /// Maps latent weights to binary or ternary ones.
  public static final String BINARIZE = "Binarize";

  /// Attribute: number of levels, 2 or 3.
  public static final String LEVELS = "levels";

  private TrainingOps() {}

  /// Whether the node is a [#BINARIZE].
  public static boolean isBinarize(Node node) {
    return node.domain().equals(DOMAIN) && node.opType().equals(BINARIZE);
  }

  /// Whether a [#BINARIZE] node has three levels.
  public static boolean isTernary(Node binarize) {
    return binarize.intAttribute(LEVELS, 2) == 3;
  }
}
