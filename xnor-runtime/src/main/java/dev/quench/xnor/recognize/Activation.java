// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import org.jspecify.annotations.Nullable;

/// Describes a value that an instruction computes.
sealed interface Activation {
  /// `[N, C]` or `[N, C, H, W]` of ±1, kept as bits.
  ///
  /// @param channels for a flattened value, the channels before flattening
  record Signs(int channels) implements Activation {}

  /// `[N, C]` or `[N, C, H, W]` of floats.
  ///
  /// @param bounds null unless the value derives only from sums of signs
  record Reals(int channels, @Nullable ValueBounds bounds) implements Activation {}
}
