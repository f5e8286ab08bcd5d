// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import dev.quench.QuenchException;

/// An operator that the called function, unlike the reader and writer, has to understand and does
/// not.
public final class UnsupportedOperatorException extends QuenchException {
  private static final long serialVersionUID = 1L;

  /// @param reason what was needed of the operator and what to do instead
  public UnsupportedOperatorException(Node node, String reason) {
    super(node.describe() + " (opset " + node.opset() + "): " + reason);
  }
}
