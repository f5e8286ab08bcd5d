// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.libtorch.Constants;
import dev.quench.compress.train.libtorch.OnnxRuntimeSums;
import dev.quench.compress.train.libtorch.SafeConvolution;
import dev.quench.graph.pattern.SlidingWindow;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/// Calls libtorch's convolution. Sequences become images of one row.
final class Convolution {
  /// Inputs of up to so many channels are images, and cheap to unfold.
  private static final long IMAGE_CHANNELS = 4;

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

  /// @param bias of every output channel, or null
  Tensor of(ForwardPass pass, Tensor x, Tensor kernel, @Nullable Tensor bias) {
    Padding padding = Padding.of(window, x);
    Tensor input = x;
    long[] pads = none;
    if (padding.isSymmetric()) {
      pads = asImage(padding.begin(), 0);
    } else {
      input = padding.apply(x, Constants.ZERO);
    }
    if (readsImages(kernel) && pass.followsOnnxRuntime(x)) {
      Tensor y =
          OnnxRuntimeSums.convolution(
              asImage(input), asImage(kernel), bias, strides, pads, dilations);
      return sequence ? y.squeeze(2) : y;
    }
    return run(input, kernel, bias, pads, false);
  }

  private boolean readsImages(Tensor kernel) {
    return groups == 1 && kernel.size(1) <= IMAGE_CHANNELS && strides.length == 2;
  }

  /// The whole output of a transposed convolution, without padding and bias.
  Tensor transposed(Tensor x, Tensor kernel) {
    return run(x, kernel, null, none, true);
  }

  private Tensor run(
      Tensor x, Tensor kernel, @Nullable Tensor bias, long[] pads, boolean transposed) {
    Tensor y =
        new SafeConvolution(strides, pads, dilations, groups, transposed)
            .of(asImage(x), asImage(kernel), bias);
    return sequence ? y.squeeze(2) : y;
  }
}
