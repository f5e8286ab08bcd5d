// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

/// A [Window] over an input of known size.
///
/// @param top rows of padding above the input
/// @param left columns of padding left of the input
public record Geometry(
    Window window, int height, int width, int outHeight, int outWidth, int top, int left) {
  public int pixels() {
    return Math.multiplyExact(height, width);
  }

  public int outPixels() {
    return Math.multiplyExact(outHeight, outWidth);
  }

  /// Input row of a tap; outside `[0, height)` where it is padding.
  public int row(int outRow, int kernelRow) {
    return outRow * window.strideHeight() + kernelRow * window.dilationHeight() - top;
  }

  /// Input column of a tap; outside `[0, width)` where it is padding.
  public int column(int outColumn, int kernelColumn) {
    return outColumn * window.strideWidth() + kernelColumn * window.dilationWidth() - left;
  }

  /// Which input pixel a tap of an output pixel reads; −1 for padding.
  public int source(int outPixel, int tap) {
    int row = row(outPixel / outWidth, tap / window.kernelWidth());
    int column = column(outPixel % outWidth, tap % window.kernelWidth());
    boolean inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? row * width + column : -1;
  }

  /// @throws IllegalArgumentException if a window lies wholly in the padding, where a maximum is
  ///   not defined
  void requireInside(int outPixel) {
    for (int tap = 0; tap < window.taps(); tap++) {
      if (source(outPixel, tap) >= 0) {
        return;
      }
    }
    throw new IllegalArgumentException(
        "pooling an input of %d x %d has a window that holds only padding"
            .formatted(height, width));
  }
}
