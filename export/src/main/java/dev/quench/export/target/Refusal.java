// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.Printable;

/// A part of a model that a target cannot import.
///
/// @param node the node or graph input, as in `Conv 'conv1'`
/// @param reason why it is refused
/// @param remedy what the user can do
public record Refusal(String node, String reason, String remedy) {
  /// Escapes what comes from the model, so that a refusal can be printed.
  public Refusal {
    node = Printable.escape(node);
    reason = Printable.escape(reason);
    remedy = Printable.escape(remedy);
  }

  @Override
  public String toString() {
    return node + ": " + reason + "; " + remedy;
  }
}
