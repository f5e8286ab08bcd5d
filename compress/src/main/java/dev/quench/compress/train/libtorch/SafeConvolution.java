// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.libtorch;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/// Convolutions on the CPU in forms that oneDNN 3.7.1, which libtorch 2.10 contains, computes
/// right; images and volumes with channels last, its fastest order.
///
/// Where oneDNN has to fill up weights to whole blocks of channels, it clears some of the weights
/// too: values and gradients of the input are wrong. Where a kernel of one tap has a stride and
/// fewer input channels than a block, the gradient of its weights is written beyond its buffer.
/// Both were found by comparing some 1,000 shapes with libtorch's convolution in double, on AVX2
/// and AVX-512. So channels are filled up here, and strides of one tap are taken before.
public final class SafeConvolution {
  private static final int CHANNELS = 1;

  /// Inputs of up to so many channels, as images have, are not blocked.
  private static final long MOST_PLAIN = 3;

  private final long[] strides;
  private final long[] pads;
  private final long[] dilations;
  private final long groups;
  private final boolean transposed;

  /// @param strides by axis of space, as `pads` and `dilations`; not copied
  /// @param pads at both ends
  /// @param groups of channels
  /// @param transposed whether it is the transpose of a convolution
  public SafeConvolution(
      long[] strides, long[] pads, long[] dilations, long groups, boolean transposed) {
    this.strides = strides;
    this.pads = pads;
    this.dilations = dilations;
    this.groups = groups;
    this.transposed = transposed;
  }

  /// @param x `[N, C, H, W]` or `[N, C, D, H, W]`
  /// @param bias of every output channel, or null
  public Tensor of(Tensor x, Tensor kernel, @Nullable Tensor bias) {
    if (x.is_cuda()) {
      return convolve(x, kernel, bias, strides, pads, dilations, groups);
    }
    boolean bfloat16 = x.scalar_type().value == ScalarType.BFloat16.value;
    if (groups == 1 && bfloat16 && isSingleChannel(kernel)) {
      return inFloat(x, kernel, bias);
    }
    if (groups == 1) {
      return isStridedTap(kernel)
          ? filled(everyOther(x), kernel, bias, ones(), new long[pads.length])
          : filled(x, kernel, bias, strides, pads);
    }
    if (transposed) {
      return byGroups(x, kernel, bias);
    }
    boolean depthwise = kernel.size(1) == 1;
    long outputs = kernel.size(0) / groups;
    if (bfloat16 && (depthwise || outputs % 2 != 0)) {
      // Pairs of bfloat16 are filled up, with the same fault.
      return inFloat(x, kernel, bias);
    }
    Tensor input = isStridedTap(kernel) ? everyOther(x) : x;
    long[] steps = isStridedTap(kernel) ? ones() : strides;
    long[] around = isStridedTap(kernel) ? new long[pads.length] : pads;
    if (!depthwise) {
      return convolve(input, kernel, bias, steps, around, dilations, groups);
    }
    Tensor repeated =
        outputs == 1
            ? input
            : input.repeat_interleave(outputs, new LongOptional(CHANNELS), new LongOptional());
    return convolve(repeated, spread(kernel), bias, steps, around, ones(), kernel.size(0));
  }

  /// Sums of one input channel in bfloat16 are wrong where a stride meets a dilation.
  private boolean isSingleChannel(Tensor kernel) {
    return kernel.size(CHANNELS) == 1
        && (kernel.size(0) == 1 || Arrays.stream(dilations).anyMatch(step -> step > 1));
  }

  private Tensor inFloat(Tensor x, Tensor kernel, @Nullable Tensor bias) {
    return of(
        x.to(ScalarType.Float),
        kernel.to(ScalarType.Float),
        bias == null ? null : bias.to(ScalarType.Float));
  }

  private boolean isStridedTap(Tensor kernel) {
    return !transposed
        && Arrays.stream(strides).anyMatch(stride -> stride > 1)
        && LongStream.range(2, kernel.dim()).allMatch(axis -> kernel.size(axis) == 1);
  }

  /// What a kernel of one tap reads.
  private Tensor everyOther(Tensor x) {
    Tensor read = x;
    if (Arrays.stream(pads).anyMatch(pad -> pad > 0)) {
      long[] around = new long[2 * pads.length];
      for (int i = 0; i < pads.length; i++) {
        around[2 * i] = pads[pads.length - 1 - i];
        around[2 * i + 1] = around[2 * i];
      }
      read = torch.constant_pad_nd(read, around, Constants.ZERO);
    }
    for (int i = 0; i < strides.length; i++) {
      long size = read.size(2 + i);
      read = torch.slice(read, 2L + i, new LongOptional(0), new LongOptional(size), strides[i]);
    }
    return read;
  }

  /// With channels of zeros up to whole blocks.
  private Tensor filled(
      Tensor x, Tensor kernel, @Nullable Tensor bias, long[] steps, long[] around) {
    int inputAxis = transposed ? 0 : 1;
    int outputAxis = 1 - inputAxis;
    long inputs = kernel.size(inputAxis);
    long outputs = kernel.size(outputAxis);
    boolean plain =
        !transposed
            && inputs <= MOST_PLAIN
            && !x.requires_grad()
            && kernel.numel() > inputs * outputs;
    long wholeInputs = plain ? inputs : wholeBlocks(inputs);
    long wholeOutputs = wholeBlocks(outputs);
    Tensor y =
        convolve(
            fill(x, CHANNELS, wholeInputs),
            fill(fill(kernel, inputAxis, wholeInputs), outputAxis, wholeOutputs),
            bias == null ? null : fill(bias, 0, wholeOutputs),
            steps,
            around,
            dilations,
            1);
    return wholeOutputs == outputs ? y : ordered(y.narrow(CHANNELS, 0, outputs));
  }

  /// The smallest number of channels, not below `channels`, that blocks of 16, 32, 48 or 64 divide
  /// whichever oneDNN takes.
  static long wholeBlocks(long channels) {
    long whole = channels;
    while (whole != 16 && whole % 32 != 0 && whole % 48 != 0) {
      whole++;
    }
    return whole;
  }

  private static Tensor fill(Tensor tensor, int axis, long size) {
    long missing = size - tensor.size(axis);
    if (missing == 0) {
      return tensor;
    }
    long[] around = new long[2 * (Math.toIntExact(tensor.dim()) - axis)];
    around[around.length - 1] = missing;
    return torch.constant_pad_nd(tensor, around, Constants.ZERO);
  }

  /// A depthwise kernel with zeros between its taps in place of a dilation, for which oneDNN
  /// computes wrong gradients of the input.
  private Tensor spread(Tensor kernel) {
    if (Arrays.stream(dilations).allMatch(dilation -> dilation == 1)) {
      return kernel;
    }
    Tensor spread = kernel;
    for (int i = 0; i < dilations.length; i++) {
      if (dilations[i] > 1) {
        long axis = 2L + i;
        long taps = spread.size(axis);
        Tensor apart = spread.unsqueeze(axis + 1);
        long[] around = new long[2 * (Math.toIntExact(apart.dim()) - (int) axis - 1)];
        around[around.length - 1] = dilations[i] - 1;
        spread =
            torch
                .constant_pad_nd(apart, around, Constants.ZERO)
                .flatten(axis, axis + 1)
                .narrow(axis, 0, (taps - 1) * dilations[i] + 1);
      }
    }
    return spread.contiguous();
  }

  private Tensor byGroups(Tensor x, Tensor kernel, @Nullable Tensor bias) {
    SafeConvolution one = new SafeConvolution(strides, pads, dilations, 1, true);
    long inputs = kernel.size(0) / groups;
    long outputs = kernel.size(1);
    TensorVector parts = new TensorVector();
    for (long group = 0; group < groups; group++) {
      parts.push_back(
          one.of(
              x.narrow(CHANNELS, group * inputs, inputs),
              kernel.narrow(0, group * inputs, inputs),
              bias == null ? null : bias.narrow(0, group * outputs, outputs)));
    }
    return torch.cat(parts, CHANNELS);
  }

  private long[] ones() {
    long[] ones = new long[strides.length];
    Arrays.fill(ones, 1);
    return ones;
  }

  private Tensor convolve(
      Tensor x,
      Tensor kernel,
      @Nullable Tensor bias,
      long[] steps,
      long[] around,
      long[] spacing,
      long parts) {
    return torch.convolution(
        ordered(x),
        kernel,
        bias == null ? new TensorOptional() : new TensorOptional(bias),
        steps,
        around,
        spacing,
        transposed,
        new long[steps.length],
        parts);
  }

  static Tensor ordered(Tensor x) {
    return switch ((int) x.dim()) {
      case 4 -> x.contiguous(MemoryFormat.ChannelsLast);
      case 5 -> x.contiguous(MemoryFormat.ChannelsLast3d);
      default -> x;
    };
  }
}
