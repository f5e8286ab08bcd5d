// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Graph;
import dev.quench.graph.Value;

/// Constants that an edit may have left without a reader.
public final class ConstantOperand {
  private ConstantOperand() {}

  /// Removes a constant that nothing reads any more, be it an initializer or the output of a node;
  /// else does nothing.
  public static void removeIfUnused(Graph graph, Value constant) {
    if (!constant.isUnused()) {
      return;
    }
    if (constant.isInitializer()) {
      graph.removeInitializer(constant);
    } else {
      constant.producer().ifPresent(graph::remove);
    }
  }
}
