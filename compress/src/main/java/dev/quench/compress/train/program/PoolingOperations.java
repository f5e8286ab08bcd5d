// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.libtorch.Constants;
import dev.quench.compress.train.libtorch.SafeConvolution;
import dev.quench.compress.train.libtorch.Types;
import dev.quench.compress.train.program.OperationTable.NodeCompiler;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Pooling over one or two spatial axes, and global pooling.
final class PoolingOperations {
  private static final long[] NO_PADS = {0, 0};
  private static final long ROWS = 2;
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
    SlidingWindow window = window(node);
    long[] kernel = window.kernel();
    long[] strides = window.strides();
    long[] dilations = window.dilations();
    boolean ceiling = node.intAttribute("ceil_mode", 0) != 0;
    return pooling(
        node,
        slots,
        input -> {
          Padding padding = Padding.of(window, input);
          if (isNative(padding, kernel)) {
            return torch.max_pool2d(input, kernel, strides, padding.begin(), dilations, ceiling);
          }
          Tensor padded = wholeWindows(window, input).apply(padding.apply(input, LOWEST), LOWEST);
          return torch.max_pool2d(padded, kernel, strides, NO_PADS, dilations, false);
        });
  }

  private static Operation averagePool(Node node, Slots slots) {
    SlidingWindow window = window(node);
    long[] kernel = window.kernel();
    long[] strides = window.strides();
    boolean dilated = window.axes().stream().anyMatch(axis -> axis.dilation() != 1);
    boolean ceiling = node.intAttribute("ceil_mode", 0) != 0;
    boolean countPads = node.intAttribute("count_include_pad", 0) != 0;
    return pooling(
        node,
        slots,
        input -> {
          Padding padding = Padding.of(window, input);
          if (!dilated && isNative(padding, kernel)) {
            return average(input, kernel, strides, padding.begin(), ceiling, countPads);
          }
          Padding whole = wholeWindows(window, input);
          Tensor padded = whole.apply(padding.apply(input, Constants.ZERO), Constants.ZERO);
          Tensor means = average(padded, window);
          if (countPads && !ceiling) {
            return means;
          }
          Tensor share;
          try (NoGradGuard _ = new NoGradGuard()) {
            Tensor ones = torch.ones_like(input.narrow(0, 0, 1).narrow(1, 0, 1));
            Tensor counted = padding.apply(ones, countPads ? Constants.ONE : Constants.ZERO);
            share = average(whole.apply(counted, Constants.ZERO), window);
          }
          return means.div(share);
        });
  }

  /// The mean of each window of an image that is padded already.
  private static Tensor average(Tensor padded, SlidingWindow window) {
    long[] kernel = window.kernel();
    if (window.axes().stream().allMatch(axis -> axis.dilation() == 1)) {
      return average(padded, kernel, window.strides(), NO_PADS, false, true);
    }
    long channels = padded.size(1);
    Tensor equal =
        torch.full(
            new long[] {channels, 1, kernel[0], kernel[1]},
            new Scalar(1.0 / window.taps()),
            padded.options());
    return new SafeConvolution(window.strides(), NO_PADS, window.dilations(), channels, false)
        .of(padded, equal, null);
  }

  /// Pools over rows and columns; a single axis becomes the columns of one row.
  private static Operation pooling(Node node, Slots slots, UnaryOperator<Tensor> pool) {
    boolean singleAxis = kernel(node).length == 1;
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.get(x);
      pass.set(y, singleAxis ? pool.apply(input.unsqueeze(ROWS)).squeeze(ROWS) : pool.apply(input));
    };
  }

  private static SlidingWindow window(Node node) {
    SlidingWindow window = SlidingWindow.of(node, kernel(node));
    return window.axes().size() == 1
        ? new SlidingWindow(List.of(WindowAxis.whole(1), window.axis(0)))
        : window;
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
    if (kernel.length < 1 || kernel.length > 2) {
      throw new UnsupportedOperatorException(
          node, "it pools over %d axes; the trainer supports 1 and 2".formatted(kernel.length));
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
