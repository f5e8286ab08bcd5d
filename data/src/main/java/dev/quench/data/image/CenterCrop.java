// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

/// The centre of an image, in pixels. If the margin is odd, its half is rounded to even.
///
/// @param width 1 or more
/// @param height 1 or more
public record CenterCrop(int width, int height) {
  public CenterCrop {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "crop of %d x %d pixels, expected 1 or more".formatted(width, height));
    }
  }
}
