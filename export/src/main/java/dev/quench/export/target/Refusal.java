// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.Printable;

/// Something of a model that a target cannot import.
///
/// @param node which node, or graph input, as in `Conv 'conv1'`
/// @param reason what stands against it
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
