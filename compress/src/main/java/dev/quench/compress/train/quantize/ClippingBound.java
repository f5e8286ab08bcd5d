// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

/// The trained bound α of a clipped activation, whose levels divide [0, α] or [−α, α].
public final class ClippingBound {
  private ClippingBound() {}

  /// The scale |α| / high, greater than 0.
  public static float scale(float bound, Levels levels) {
    float scale = Math.abs(bound) / levels.high();
    return scale >= Levels.SMALLEST_SCALE ? scale : 1f;
  }
}
