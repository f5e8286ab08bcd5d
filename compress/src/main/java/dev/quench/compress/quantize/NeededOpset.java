// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Model;

/// The opset that a form of quantization needs.
public final class NeededOpset {
  /// Of scales per channel, and of everything that all forms use.
  public static final long PER_CHANNEL = 13;

  private NeededOpset() {}

  /// @param what needs it, for the message
  /// @throws IllegalArgumentException if the model imports an older one
  public static void require(Model model, long needed, String what) {
    if (model.opset() < needed) {
      throw new IllegalArgumentException(
          "the model imports opset %d, but %s needs opset %d or newer; raise it with OpsetUpgrade first"
              .formatted(model.opset(), what, needed));
    }
  }
}
