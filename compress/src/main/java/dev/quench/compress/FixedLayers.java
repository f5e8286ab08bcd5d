// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress;

import dev.quench.graph.Node;

/// Layers that no training changes: preprocessing that is part of a model.
public final class FixedLayers {
  /// The names of their values begin with it.
  public static final String PREFIX = "preprocess/";

  /// The name of the first of these nodes, in the exported model too; the others add `_` and a
  /// number.
  public static final String LAYER = PREFIX + "layer";

  private FixedLayers() {}

  /// Whether training never changes the node.
  public static boolean contains(Node node) {
    return node.name().equals(LAYER) || node.name().startsWith(LAYER + "_");
  }
}
