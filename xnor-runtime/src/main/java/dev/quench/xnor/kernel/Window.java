// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;

/// The sliding window of a two-dimensional convolution or pooling node, before the size of its
/// input is known.
///
/// @param automatic whether the padding follows from the input size, so that an output has
///   `ceil(input / stride)` pixels
/// @param extraAtEnd with automatic padding: whether an odd pixel of it goes to the end
/// @param roundUp whether a window that starts inside the input but does not fit counts
public record Window(
    int kernelHeight,
    int kernelWidth,
    int strideHeight,
    int strideWidth,
    int dilationHeight,
    int dilationWidth,
    int padTop,
    int padLeft,
    int padBottom,
    int padRight,
    boolean automatic,
    boolean extraAtEnd,
    boolean roundUp) {
  /// No network has larger sizes, and products of them would overflow.
  private static final long LIMIT = 1 << 20;

  /// One window over a whole input of that size: a dense layer behind a flattening.
  public static Window whole(int height, int width) {
    return new Window(height, width, 1, 1, 1, 1, 0, 0, 0, 0, false, false, false);
  }

  /// Reads the attributes of a `Conv` or `MaxPool`.
  ///
  /// @param kernelHeight from the weights, or the attribute `kernel_shape`
  /// @throws ModelFormatException if an attribute has the wrong length or an impossible value
  public static Window of(Node node, int kernelHeight, int kernelWidth) {
    int[] strides = list(node, "strides", 2, 1, 1);
    int[] dilations = list(node, "dilations", 2, 1, 1);
    String mode = node.textAttribute("auto_pad", "NOTSET");
    boolean same = mode.equals("SAME_UPPER") || mode.equals("SAME_LOWER");
    boolean explicit = mode.equals("NOTSET");
    int[] pads = explicit ? list(node, "pads", 4, 0, 0) : new int[4];
    return new Window(
        kernelHeight,
        kernelWidth,
        strides[0],
        strides[1],
        dilations[0],
        dilations[1],
        pads[0],
        pads[1],
        pads[2],
        pads[3],
        same,
        mode.equals("SAME_UPPER"),
        node.intAttribute("ceil_mode", 0) != 0);
  }

  public int taps() {
    return kernelHeight * kernelWidth;
  }

  /// Whether a window can lie wholly in the padding.
  public boolean mayHoldOnlyPadding() {
    int rows = (kernelHeight - 1) * dilationHeight + 1;
    int columns = (kernelWidth - 1) * dilationWidth + 1;
    return Math.max(padTop, padBottom) >= rows || Math.max(padLeft, padRight) >= columns;
  }

  /// Output pixels and padding over an input of that size.
  ///
  /// @throws IllegalArgumentException if the window does not fit into the padded input
  public Geometry over(int height, int width) {
    int rowExtent = (kernelHeight - 1) * dilationHeight + 1;
    int columnExtent = (kernelWidth - 1) * dilationWidth + 1;
    if (automatic) {
      int outHeight = Math.ceilDiv(height, strideHeight);
      int outWidth = Math.ceilDiv(width, strideWidth);
      int rows = Math.max(0, (outHeight - 1) * strideHeight + rowExtent - height);
      int columns = Math.max(0, (outWidth - 1) * strideWidth + columnExtent - width);
      int top = extraAtEnd ? rows / 2 : rows - rows / 2;
      int left = extraAtEnd ? columns / 2 : columns - columns / 2;
      return new Geometry(this, height, width, outHeight, outWidth, top, left);
    }
    return new Geometry(
        this,
        height,
        width,
        steps(height, padTop, padBottom, rowExtent, strideHeight),
        steps(width, padLeft, padRight, columnExtent, strideWidth),
        padTop,
        padLeft);
  }

  private int steps(int size, int before, int after, int extent, int stride) {
    int room = size + before + after - extent;
    if (room < 0) {
      throw new IllegalArgumentException(
          "window of %d does not fit input of %d with padding %d"
              .formatted(extent, size, before + after));
    }
    int steps = roundUp ? Math.ceilDiv(room, stride) : room / stride;
    if (roundUp && steps * stride >= size + before) {
      steps--;
    }
    return steps + 1;
  }

  private static int[] list(Node node, String attribute, int length, int fill, int least) {
    long[] given = node.intsAttribute(attribute).orElse(new long[0]);
    int[] values = new int[length];
    for (int i = 0; i < length; i++) {
      long value = given.length == 0 ? fill : i < given.length ? given[i] : -1;
      if ((given.length != 0 && given.length != length) || value < least || value > LIMIT) {
        throw new ModelFormatException(
            "%s: attribute '%s' must hold %d numbers from %d to %d"
                .formatted(node.describe(), attribute, length, least, LIMIT));
      }
      values[i] = (int) value;
    }
    return values;
  }
}
