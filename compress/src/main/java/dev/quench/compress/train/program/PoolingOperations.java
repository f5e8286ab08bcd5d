// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.libtorch.Constants;
import dev.quench.compress.train.libtorch.Types;
import dev.quench.compress.train.program.OperationTable.NodeCompiler;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Pooling over two spatial axes, and global pooling.
final class PoolingOperations {
  private static final long[] NO_PADS = {0, 0};
  private static final Scalar LOWEST =
      new Scalar(Float.NEGATIVE_INFINITY).<Scalar>retainReference();

  private PoolingOperations() {}

  static void register(Map<String, NodeCompiler> table) {
    table.put("MaxPool", PoolingOperations::maxPool);
    table.put("AveragePool", PoolingOperations::averagePool);
    table.put("GlobalAveragePool", PoolingOperations::globalAverage);
    table.put("GlobalMaxPool", PoolingOperations::globalMax);
  }

  private static Operation maxPool(Node node, Slots slots) {
    if (node.output(1).isPresent() && !node.output(1).isUnused()) {
      throw new UnsupportedOperatorException(
          node, "its second output, the indices, has no gradient; use only the first");
    }
    SlidingWindow window = SlidingWindow.of(node, kernel(node));
    long[] kernel = window.kernel();
    long[] strides = window.strides();
    long[] dilations = window.dilations();
    boolean ceiling = node.intAttribute("ceil_mode", 0) != 0;
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.get(x);
      Padding padding = Padding.of(window, input);
      if (isNative(padding, kernel)) {
        long[] pads = padding.begin();
        pass.set(y, torch.max_pool2d(input, kernel, strides, pads, dilations, ceiling));
        return;
      }
      Tensor padded = wholeWindows(window, input).apply(padding.apply(input, LOWEST), LOWEST);
      pass.set(y, torch.max_pool2d(padded, kernel, strides, NO_PADS, dilations, false));
    };
  }

  private static Operation averagePool(Node node, Slots slots) {
    SlidingWindow window = SlidingWindow.of(node, kernel(node));
    long[] kernel = window.kernel();
    long[] strides = window.strides();
    if (window.axes().stream().anyMatch(axis -> axis.dilation() != 1)) {
      throw new UnsupportedOperatorException(
          node, "the trainer does not support dilated average pooling");
    }
    boolean ceiling = node.intAttribute("ceil_mode", 0) != 0;
    boolean countPads = node.intAttribute("count_include_pad", 0) != 0;
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.get(x);
      Padding padding = Padding.of(window, input);
      if (isNative(padding, kernel)) {
        long[] pads = padding.begin();
        pass.set(y, average(input, kernel, strides, pads, ceiling, countPads));
        return;
      }
      Padding whole = wholeWindows(window, input);
      Tensor padded = whole.apply(padding.apply(input, Constants.ZERO), Constants.ZERO);
      Tensor sums = average(padded, kernel, strides, NO_PADS, false, true);
      if (countPads && !ceiling) {
        pass.set(y, sums);
        return;
      }
      try (NoGradGuard _ = new NoGradGuard()) {
        Tensor ones = torch.ones_like(input.narrow(0, 0, 1).narrow(1, 0, 1));
        Tensor counted = padding.apply(ones, countPads ? Constants.ONE : Constants.ZERO);
        padded = whole.apply(counted, Constants.ZERO);
      }
      Tensor share = average(padded, kernel, strides, NO_PADS, false, true);
      pass.set(y, sums.div(share));
    };
  }

  /// What is left to add to the padded input, or to cut off, for it to end where its last window
  /// does: libtorch counts a window that begins in padding that it has not added itself.
  private static Padding wholeWindows(SlidingWindow window, Tensor input) {
    Padding padding = Padding.of(window, input);
    long[] begin = new long[window.axes().size()];
    long[] end = new long[begin.length];
    for (int i = 0; i < begin.length; i++) {
      WindowAxis axis = window.axis(i);
      long size = input.size(i + 2L);
      long covered = (axis.outputs(size) - 1) * axis.stride() + axis.extent();
      end[i] = covered - (padding.begin()[i] + size + padding.end()[i]);
    }
    return new Padding(begin, end);
  }

  private static Tensor average(
      Tensor input,
      long[] kernel,
      long[] strides,
      long[] pads,
      boolean ceiling,
      boolean countPads) {
    return torch.avg_pool2d(input, kernel, strides, pads, ceiling, countPads, new LongOptional());
  }

  /// Whether libtorch can pad: it supports only symmetric padding of at most half the kernel.
  private static boolean isNative(Padding padding, long[] kernel) {
    return padding.isSymmetric()
        && 2 * padding.begin()[0] <= kernel[0]
        && 2 * padding.begin()[1] <= kernel[1];
  }

  private static long[] kernel(Node node) {
    long[] kernel =
        node.intsAttribute("kernel_shape")
            .orElseThrow(
                () -> new UnsupportedOperatorException(node, "its kernel_shape is missing"));
    if (kernel.length != 2) {
      throw new UnsupportedOperatorException(
          node, "it pools over %d axes; the trainer supports 2".formatted(kernel.length));
    }
    return kernel;
  }

  private static Operation globalAverage(Node node, Slots slots) {
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.get(x);
      pass.set(y, input.mean(spatial(input), true, Types.KEEP));
    };
  }

  private static Operation globalMax(Node node, Slots slots) {
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.get(x);
      pass.set(y, input.amax(spatial(input), true));
    };
  }

  private static long[] spatial(Tensor tensor) {
    long[] axes = new long[Math.toIntExact(tensor.dim()) - 2];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i + 2L;
    }
    return axes;
  }
}
