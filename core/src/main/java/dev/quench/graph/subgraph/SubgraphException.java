// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.subgraph;

import dev.quench.QuenchException;

/// A part of a model cannot be cut out.
public final class SubgraphException extends QuenchException {
  private static final long serialVersionUID = 1;

  /// @param message where, what was received, what was expected
  public SubgraphException(String message) {
    super(message);
  }
}
