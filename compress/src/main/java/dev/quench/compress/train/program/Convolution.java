// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.libtorch.Constants;
import dev.quench.graph.pattern.SlidingWindow;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/// Calls libtorch's convolution with channels last in memory, its fastest order.
///
/// In the other order oneDNN's AVX2 kernels compute wrong gradients of inputs with fewer than eight
/// channels; seen with libtorch 2.10. Sequences, which know no such order, become images of one
/// row.
final class Convolution {
  private final SlidingWindow window;
  private final boolean sequence;
  private final long[] strides;
  private final long[] dilations;
  private final long[] none;
  private final long groups;

  Convolution(SlidingWindow window, long groups) {
    this.window = window;
    this.groups = groups;
    this.sequence = window.axes().size() == 1;
    this.strides = asImage(window.strides(), 1);
    this.dilations = asImage(window.dilations(), 1);
    this.none = new long[strides.length];
  }

  private long[] asImage(long[] values, long first) {
    return sequence ? LongStream.of(first, values[0]).toArray() : values;
  }

  private Tensor asImage(Tensor tensor) {
    return sequence ? tensor.unsqueeze(2) : tensor;
  }

  /// @param bias of every output channel, or none
  Tensor of(Tensor x, Tensor kernel, TensorOptional bias) {
    Padding padding = Padding.of(window, x);
    Tensor input = x;
    long[] pads = none;
    if (padding.isSymmetric()) {
      pads = asImage(padding.begin(), 0);
    } else {
      input = padding.apply(x, Constants.ZERO);
    }
    return result(
        torch.convolution(
            ordered(asImage(input)),
            asImage(kernel),
            bias,
            strides,
            pads,
            dilations,
            false,
            none,
            groups));
  }

  /// The whole output of a transposed convolution, without padding and bias.
  Tensor transposed(Tensor x, Tensor kernel) {
    return result(
        torch.convolution(
            ordered(asImage(x)),
            asImage(kernel),
            new TensorOptional(),
            strides,
            none,
            dilations,
            true,
            none,
            groups));
  }

  private Tensor result(Tensor y) {
    return sequence ? y.squeeze(2) : y;
  }

  private static Tensor ordered(Tensor x) {
    return switch ((int) x.dim()) {
      case 4 -> x.contiguous(MemoryFormat.ChannelsLast);
      case 5 -> x.contiguous(MemoryFormat.ChannelsLast3d);
      default -> x;
    };
  }
}
