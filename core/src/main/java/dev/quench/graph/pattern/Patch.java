// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

/// What the kernel of a convolution of images reads at one place: the values that its weights are
/// multiplied by, in their order.
///
/// @param window of two axes
/// @param channels that one kernel reads
/// @param height of the image
/// @param width of the image
public record Patch(SlidingWindow window, int channels, int height, int width) {
  /// How many values it has.
  public int size() {
    return channels * window.taps();
  }

  /// Copies the values; those outside the image are zero.
  ///
  /// @param values that hold the channels of an image, `[channels, height, width]`, at `from`
  /// @param row of the output
  /// @param column of the output
  /// @param target receives [#size] values at `to`; zero there before
  public void copy(float[] values, int from, int row, int column, float[] target, int to) {
    WindowAxis vertical = window.axis(0);
    WindowAxis horizontal = window.axis(1);
    int at = to;
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < vertical.kernel(); y++) {
        int h = (int) vertical.source(height, row, y);
        for (int x = 0; x < horizontal.kernel(); x++, at++) {
          int w = (int) horizontal.source(width, column, x);
          if (h >= 0 && h < height && w >= 0 && w < width) {
            target[at] = values[from + (c * height + h) * width + w];
          }
        }
      }
    }
  }
}
