// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.quantize;

import java.util.OptionalDouble;

/// Whether large features of activations move into weights before ranges are found, see
/// [dev.quench.compress.quantize.refine.SmoothActivations].
public sealed interface Smoothing {
  /// Not at all.
  record None() implements Smoothing {}

  /// @param alpha 0 to 1, how much moves; empty to search it for each activation
  record By(OptionalDouble alpha) implements Smoothing {
    /// @throws IllegalArgumentException if it is outside 0 to 1
    public By {
      if (alpha.isPresent() && !(alpha.getAsDouble() >= 0 && alpha.getAsDouble() <= 1)) {
        throw new IllegalArgumentException("alpha must be from 0 to 1, got " + alpha.getAsDouble());
      }
    }
  }
}
