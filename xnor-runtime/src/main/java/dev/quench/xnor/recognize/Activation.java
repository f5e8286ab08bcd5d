// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import org.jspecify.annotations.Nullable;

/// What is known of a value that an instruction computes.
sealed interface Activation {
  /// `[N, C]` or `[N, C, H, W]` of ±1, kept as bits.
  ///
  /// @param channels for a flattened value those before flattening
  record Signs(int channels) implements Activation {}

  /// `[N, C]` or `[N, C, H, W]` of floats.
  ///
  /// @param bounds null unless it comes from sums of signs alone
  record Reals(int channels, @Nullable ValueBounds bounds) implements Activation {}
}
