// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Node;
import java.util.Set;

/// Operators that only move or select elements of their first input: quantizing before or after
/// them is the same, and TensorRT moves quantizers across them by itself.
final class Commuting {
  private static final Set<String> OPERATORS =
      Set.of(
          "DepthToSpace",
          "Expand",
          "Flatten",
          "Gather",
          "Identity",
          "MaxPool",
          "Reshape",
          "Slice",
          "SpaceToDepth",
          "Split",
          "Squeeze",
          "Tile",
          "Transpose",
          "Unsqueeze");

  private Commuting() {}

  static boolean is(Node node) {
    return node.domain().isEmpty() && OPERATORS.contains(node.opType());
  }
}
