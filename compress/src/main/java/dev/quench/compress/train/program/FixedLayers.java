// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.graph.Node;

/// Layers that no training changes: preprocessing that is part of a model.
public final class FixedLayers {
  /// The names of these nodes begin with it, in the exported model too.
  public static final String PREFIX = "preprocess/";

  private FixedLayers() {}

  /// Whether training never changes the node.
  public static boolean contains(Node node) {
    return node.name().startsWith(PREFIX);
  }
}
