// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

/// What a selection must keep.
///
/// @param alignment what the channels left in a group are a multiple of; 1 for any number
/// @param floor least share of the channels of a group that stays; one stays in any case
public record Limits(int alignment, double floor) {
  /// Any number of channels, but a twentieth at least.
  public static final Limits DEFAULT = new Limits(1, 0.05);

  /// @throws IllegalArgumentException unless the alignment is positive and the floor lies in [0, 1]
  public Limits {
    if (alignment < 1) {
      throw new IllegalArgumentException("expected an alignment of 1 or more, got " + alignment);
    }
    if (!(floor >= 0 && floor <= 1)) {
      throw new IllegalArgumentException("expected a floor in [0, 1], got " + floor);
    }
  }
}
