// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// How many elements are put before and behind each spatial axis.
///
/// @param begin by spatial axis
/// @param end by spatial axis
@SuppressWarnings("ArrayRecordComponent") // inside the package, never compared
record Padding(long[] begin, long[] end) {
  /// Finds the padding of one call.
  @FunctionalInterface
  interface Rule {
    /// @param x `[batch, channels, spatial…]`
    /// @param kernel spatial sizes of the kernel
    Padding of(Tensor x, long[] kernel);
  }

  /// The rule of a convolution or pooling node.
  static Rule rule(Node node, int axes, long[] strides, long[] dilations) {
    String automatic = node.textAttribute("auto_pad", "NOTSET");
    return switch (automatic) {
      case "NOTSET" -> {
        long[] pads = node.intsAttribute("pads").orElse(new long[2 * axes]);
        Padding fixed =
            new Padding(
                Arrays.copyOfRange(pads, 0, axes), Arrays.copyOfRange(pads, axes, 2 * axes));
        yield (_, _) -> fixed;
      }
      case "VALID" -> {
        Padding none = new Padding(new long[axes], new long[axes]);
        yield (_, _) -> none;
      }
      case "SAME_UPPER" -> (x, kernel) -> same(x, kernel, strides, dilations, false);
      case "SAME_LOWER" -> (x, kernel) -> same(x, kernel, strides, dilations, true);
      default ->
          throw new UnsupportedOperatorException(
              node, "auto_pad '" + automatic + "' is not known; use explicit pads");
    };
  }

  private static Padding same(
      Tensor x, long[] kernel, long[] strides, long[] dilations, boolean moreBefore) {
    long[] begin = new long[kernel.length];
    long[] end = new long[kernel.length];
    for (int i = 0; i < kernel.length; i++) {
      long size = x.size(i + 2L);
      long outputs = Math.ceilDiv(size, strides[i]);
      long reach = (kernel[i] - 1) * dilations[i] + 1;
      long total = Math.max(0, (outputs - 1) * strides[i] + reach - size);
      begin[i] = moreBefore ? total - total / 2 : total / 2;
      end[i] = total - begin[i];
    }
    return new Padding(begin, end);
  }

  boolean isSymmetric() {
    return Arrays.equals(begin, end);
  }

  /// Puts `value` around x; libtorch counts the axes from the last.
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
