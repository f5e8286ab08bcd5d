// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;

/// A two-dimensional sliding window over an input of fixed size.
///
/// @param vertical the window along the rows of the input
/// @param horizontal the window along its columns
/// @param top rows of padding above the input
/// @param left columns of padding left of the input
public record Geometry(
    WindowAxis vertical,
    WindowAxis horizontal,
    int height,
    int width,
    int outHeight,
    int outWidth,
    int top,
    int left) {
  /// @param window of two axes: rows, columns
  /// @throws IllegalArgumentException if the window does not fit into the padded input
  public static Geometry of(SlidingWindow window, int height, int width) {
    WindowAxis vertical = window.axis(0);
    WindowAxis horizontal = window.axis(1);
    return new Geometry(
        vertical,
        horizontal,
        height,
        width,
        Math.toIntExact(vertical.outputs(height)),
        Math.toIntExact(horizontal.outputs(width)),
        Math.toIntExact(vertical.padBefore((long) height)),
        Math.toIntExact(horizontal.padBefore((long) width)));
  }

  /// Taps of the window: height times width of the kernel.
  public int taps() {
    return Math.multiplyExact(vertical.kernel(), horizontal.kernel());
  }

  /// Pixels of the input.
  public int pixels() {
    return Math.multiplyExact(height, width);
  }

  /// Pixels of the output.
  public int outPixels() {
    return Math.multiplyExact(outHeight, outWidth);
  }

  /// Input row of a tap; outside `[0, height)` for padding.
  public int row(int outRow, int kernelRow) {
    return outRow * vertical.stride() + kernelRow * vertical.dilation() - top;
  }

  /// Input column of a tap; outside `[0, width)` for padding.
  public int column(int outColumn, int kernelColumn) {
    return outColumn * horizontal.stride() + kernelColumn * horizontal.dilation() - left;
  }

  /// Index of the input pixel that a tap of an output pixel reads; −1 for padding.
  public int source(int outPixel, int tap) {
    int row = row(outPixel / outWidth, tap / horizontal.kernel());
    int column = column(outPixel % outWidth, tap % horizontal.kernel());
    boolean inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? row * width + column : -1;
  }

  /// @throws IllegalArgumentException if a window holds only padding, which leaves the maximum
  ///   undefined
  void requireInside(int outPixel) {
    for (int tap = 0; tap < taps(); tap++) {
      if (source(outPixel, tap) >= 0) {
        return;
      }
    }
    throw new IllegalArgumentException(
        "pooling an input of %d x %d has a window that holds only padding"
            .formatted(height, width));
  }
}
