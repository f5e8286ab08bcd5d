// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import dev.quench.QuenchException;

/// An operator that the called function would have to understand, unlike reader and writer, but
/// does not support.
public final class UnsupportedOperatorException extends QuenchException {
  private static final long serialVersionUID = 1L;

  /// @param reason what was needed of the operator and what to do instead
  public UnsupportedOperatorException(Node node, String reason) {
    super(node.describe() + " (opset " + node.opset() + "): " + reason);
  }
}
