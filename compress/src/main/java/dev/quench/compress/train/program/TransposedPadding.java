// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.graph.Node;
import dev.quench.graph.pattern.SlidingWindow;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/// How much a ConvTranspose cuts off its whole output, or adds to it, along each spatial axis.
///
/// Source: ONNX, operator ConvTranspose: total padding = stride · (size − 1) + output padding +
/// extent of the kernel − output size; SAME_UPPER puts the odd one at the end, every other mode at
/// the start.
final class TransposedPadding {
  private final SlidingWindow window;
  private final long[] extra;
  private final Optional<long[]> outputs;
  private final boolean same;
  private final boolean upper;

  private TransposedPadding(
      SlidingWindow window, long[] extra, Optional<long[]> outputs, String autoPad) {
    this.window = window;
    this.extra = extra;
    this.outputs = outputs;
    this.same = autoPad.startsWith("SAME");
    this.upper = autoPad.equals("SAME_UPPER");
  }

  static TransposedPadding of(Node node, SlidingWindow window) {
    int axes = window.axes().size();
    long[] extra =
        node.intsAttribute("output_padding")
            .filter(given -> given.length == axes)
            .orElseGet(() -> new long[axes]);
    return new TransposedPadding(
        window,
        extra,
        node.intsAttribute("output_shape").map(all -> last(all, axes)),
        node.textAttribute("auto_pad", "NOTSET"));
  }

  private static long[] last(long[] all, int count) {
    return Arrays.copyOfRange(all, Math.max(0, all.length - count), all.length);
  }

  /// What to add to the whole output of x; negative where it is cut.
  Padding of(Tensor x) {
    int axes = window.axes().size();
    long[] begin = new long[axes];
    long[] end = new long[axes];
    for (int i = 0; i < axes; i++) {
      var axis = window.axis(i);
      long size = x.size(i + 2L);
      if (outputs.isEmpty() && !same) {
        begin[i] = -axis.padBefore(size);
        end[i] = extra[i] - axis.padAfter(size);
        continue;
      }
      long wanted = outputs.isPresent() ? outputs.get()[i] : size * axis.stride();
      long whole =
          axis.stride() * (size - 1) + extra[i] + (axis.kernel() - 1L) * axis.dilation() + 1;
      long total = Math.max(0, whole - wanted);
      long smaller = total / 2;
      begin[i] = -(upper ? smaller : total - smaller);
      end[i] = extra[i] - (upper ? total - smaller : smaller) + Math.max(0, wanted - whole);
    }
    return new Padding(begin, end);
  }
}
