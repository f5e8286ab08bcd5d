// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.tensor.Dim;
import java.util.Arrays;
import java.util.List;

/// The sliding window of a convolution or pooling operator, as its attributes describe it.
final class Window {
  private static final List<String> SIZES = List.of("kernel_shape", "strides", "dilations");

  private final long[] kernel;
  private final long[] strides;
  private final long[] dilations;

  /// First all begins, then all ends.
  private final long[] pads;

  /// `NOTSET`, `VALID`, `SAME_UPPER` or `SAME_LOWER`.
  private final String autoPad;

  private final boolean roundUp;

  private Window(InferenceContext context, long[] kernel, boolean roundUp) {
    int axes = kernel.length;
    this.kernel = kernel;
    this.strides = list(context, "strides", axes, 1);
    this.dilations = list(context, "dilations", axes, 1);
    this.pads = list(context, "pads", 2 * axes, 0);
    this.autoPad = context.text("auto_pad");
    this.roundUp = roundUp;
  }

  /// Reads the attributes of the node.
  ///
  /// @throws dev.quench.graph.ModelFormatException if a list has the wrong length or a size is not
  ///   positive
  static Window of(InferenceContext context, long[] kernel, boolean roundUp) {
    Window window = new Window(context, kernel, roundUp);
    requirePositive(context, "kernel_shape", kernel);
    return window;
  }

  /// Checks the sizes in the attributes, which needs no shapes.
  ///
  /// @throws dev.quench.graph.ModelFormatException if one is not positive
  static void checkSizes(InferenceContext context) {
    for (String name : SIZES) {
      requirePositive(context, name, context.ints(name).orElse(new long[0]));
    }
  }

  private static long[] list(InferenceContext context, String name, int length, long fill) {
    long[] given = context.ints(name).orElse(new long[0]);
    if (given.length == 0) {
      long[] filled = new long[length];
      Arrays.fill(filled, fill);
      return filled;
    }
    if (given.length != length) {
      throw context.problem(
          "attribute '%s' has %d entries, expected %d".formatted(name, given.length, length));
    }
    return given;
  }

  private static void requirePositive(InferenceContext context, String name, long[] sizes) {
    for (long size : sizes) {
      if (size <= 0 || size > Integer.MAX_VALUE) {
        throw context.problem(
            "attribute '%s' is %s, expected positive sizes"
                .formatted(name, Arrays.toString(sizes)));
      }
    }
  }

  private long extent(int axis) {
    return (kernel[axis] - 1) * dilations[axis] + 1;
  }

  private long padding(int axis) {
    return pads[axis] + pads[axis + kernel.length];
  }

  private boolean sameSize() {
    return autoPad.equals("SAME_UPPER") || autoPad.equals("SAME_LOWER");
  }

  /// Size of the output along a spatial axis.
  ///
  /// @throws dev.quench.graph.ModelFormatException if the window is larger than the padded input
  Dim output(InferenceContext context, int axis, Dim input) {
    long padding = autoPad.equals("VALID") ? 0 : padding(axis);
    if (!(input instanceof Dim.Fixed(long size))) {
      boolean keeps = strides[axis] == 1 && (sameSize() || padding == extent(axis) - 1);
      return keeps ? input : Dim.UNKNOWN;
    }
    if (sameSize()) {
      return Dim.of(Math.ceilDiv(size, strides[axis]));
    }
    long room = size + padding - extent(axis);
    if (room < 0) {
      throw context.problem(
          "window of %d does not fit input of %d with padding %d along spatial axis %d"
              .formatted(extent(axis), size, padding, axis));
    }
    long steps = roundUp ? Math.ceilDiv(room, strides[axis]) : room / strides[axis];
    // Rounded up, the last window must still start inside the input or its leading padding.
    if (roundUp && steps * strides[axis] >= size + pads[axis]) {
      steps--;
    }
    return Dim.of(steps + 1);
  }

  /// Size of the output of a transposed convolution along a spatial axis.
  Dim transposedOutput(InferenceContext context, int axis, Dim input, long outputPadding) {
    if (!(input instanceof Dim.Fixed(long size))) {
      boolean keeps =
          strides[axis] == 1 && (sameSize() || padding(axis) == extent(axis) - 1 + outputPadding);
      return keeps ? input : Dim.UNKNOWN;
    }
    if (sameSize()) {
      return Dim.of(size * strides[axis]);
    }
    long padding = autoPad.equals("VALID") ? 0 : padding(axis);
    long output = strides[axis] * (size - 1) + outputPadding + extent(axis) - padding;
    if (output < 0) {
      throw context.problem(
          "padding of %d leaves nothing along spatial axis %d".formatted(padding, axis));
    }
    return Dim.of(output);
  }
}
