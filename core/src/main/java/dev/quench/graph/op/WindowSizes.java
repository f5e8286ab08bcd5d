// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Sizes of the spatial axes behind a sliding window. A symbol survives a window that keeps every
/// size.
final class WindowSizes {
  private WindowSizes() {}

  /// @param x `[N, C, spatial axes]`
  /// @throws dev.quench.graph.ModelFormatException if the window is larger than the padded input
  static List<Dim> of(InferenceContext c, SlidingWindow window, Shape x) {
    List<Dim> sizes = new ArrayList<>();
    for (int i = 0; i < window.axes().size(); i++) {
      sizes.add(output(c, window.axis(i), i, x.dim(2 + i)));
    }
    return sizes;
  }

  private static Dim output(InferenceContext c, WindowAxis axis, int index, Dim input) {
    if (!(input instanceof Dim.Fixed(long size))) {
      return axis.keepsSize() ? input : Dim.UNKNOWN;
    }
    try {
      return Dim.of(axis.outputs(size));
    } catch (IllegalArgumentException e) {
      throw c.problem("%s along spatial axis %d".formatted(e.getMessage(), index));
    }
  }

  /// Behind a transposed convolution.
  ///
  /// @param outputPadding by axis; 0 where the list is too short
  static List<Dim> transposed(
      InferenceContext c, SlidingWindow window, Shape x, long[] outputPadding) {
    List<Dim> sizes = new ArrayList<>();
    for (int i = 0; i < window.axes().size(); i++) {
      long extra = i < outputPadding.length ? outputPadding[i] : 0;
      sizes.add(transposed(c, window.axis(i), i, x.dim(2 + i), extra));
    }
    return sizes;
  }

  private static Dim transposed(
      InferenceContext c, WindowAxis axis, int index, Dim input, long outputPadding) {
    if (!(input instanceof Dim.Fixed(long size))) {
      boolean keeps = axis.stride() == 1 && axis.transposedOutputs(1, outputPadding) == 1;
      return keeps ? input : Dim.UNKNOWN;
    }
    long output = axis.transposedOutputs(size, outputPadding);
    if (output < 0) {
      throw c.problem(
          "padding of %d leaves nothing along spatial axis %d"
              .formatted((long) axis.padBefore() + axis.padAfter(), index));
    }
    return Dim.of(output);
  }
}
