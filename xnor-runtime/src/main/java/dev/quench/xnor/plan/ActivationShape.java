// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.plan;

/// Dimensions of a value in memory.
///
/// @param height 1 for a value `[N, C]`, like the width
public record ActivationShape(int images, int channels, int height, int width) {
  /// Pixels per image.
  public int pixels() {
    return Math.multiplyExact(height, width);
  }
}
