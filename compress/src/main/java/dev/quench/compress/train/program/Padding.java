// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.graph.pattern.SlidingWindow;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Elements added before and after each spatial axis, or cut off where negative.
///
/// @param begin by spatial axis
/// @param end by spatial axis
@SuppressWarnings("ArrayRecordComponent") // inside the package, never compared
record Padding(long[] begin, long[] end) {
  /// Computes the padding of `window` around x.
  ///
  /// @param x `[batch, channels, spatial…]`
  static Padding of(SlidingWindow window, Tensor x) {
    int axes = window.axes().size();
    long[] begin = new long[axes];
    long[] end = new long[axes];
    for (int i = 0; i < axes; i++) {
      long size = x.size(i + 2L);
      begin[i] = window.axis(i).padBefore(size);
      end[i] = window.axis(i).padAfter(size);
    }
    return new Padding(begin, end);
  }

  boolean isSymmetric() {
    return Arrays.equals(begin, end);
  }

  /// Pads x with `value`; libtorch lists the axes from the last.
  Tensor apply(Tensor x, Scalar value) {
    long[] reversed = new long[2 * begin.length];
    for (int i = 0; i < begin.length; i++) {
      int axis = begin.length - 1 - i;
      reversed[2 * i] = begin[axis];
      reversed[2 * i + 1] = end[axis];
    }
    return torch.constant_pad_nd(x, reversed, value);
  }
}
