// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.libtorch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// Convolutions and matrix products in FP32 on the CPU that add in the order of ONNX Runtime, so
/// that a sum next to zero has the same sign there.
///
/// ONNX Runtime 1.29 (MLAS) adds the products of a block of the inner axis one after the other,
/// then adds the blocks: 128 products in a convolution, which adds its bias last; 256 in a product
/// with a constant matrix, which adds its bias to the first block. OpenBLAS 0.3.31 adds up to 256
/// products in that order too, in whole vectors of columns on AVX-512: there all sums are equal to
/// the last bit. Its code for AVX2 adds some of them in another order.
public final class OnnxRuntimeSums {
  private static final long CONVOLUTION_BLOCK = 128;
  private static final long PRODUCT_BLOCK = 256;

  /// Floats of a vector of AVX-512.
  private static final long VECTOR = 16;

  private OnnxRuntimeSums() {}

  /// A convolution of one group, as the product of its kernel and the unfolded images. Where its
  /// output has fewer pixels than a sum has products, ONNX Runtime takes longer blocks, and the
  /// last bits may differ.
  ///
  /// @param x `[N, C, H, W]`
  /// @param kernel `[O, C, kh, kw]`
  /// @param bias of every output channel, or null
  /// @param strides by axis of space, as `pads` (at both ends) and `dilations`
  public static Tensor convolution(
      Tensor x,
      Tensor kernel,
      @Nullable Tensor bias,
      long[] strides,
      long[] pads,
      long[] dilations) {
    long[] taps = {kernel.size(2), kernel.size(3)};
    long height = outputs(x.size(2), taps[0], strides[0], pads[0], dilations[0]);
    long width = outputs(x.size(3), taps[1], strides[1], pads[1], dilations[1]);
    Tensor weights = kernel.reshape(kernel.size(0), -1);
    Tensor y = torch.empty(x.size(0), kernel.size(0), height, width);
    for (long image = 0; image < x.size(0); image++) {
      try (PointerScope _ = new PointerScope()) {
        Tensor unfolded = torch.im2col(x.select(0, image), taps, dilations, pads, strides);
        Tensor columns = wholeVectors(unfolded);
        Tensor sums = block(weights, columns, 0, CONVOLUTION_BLOCK);
        addBlocks(sums, weights, columns, CONVOLUTION_BLOCK);
        if (bias != null) {
          sums.add_(bias.view(-1, 1));
        }
        Tensor pixels = sums.narrow(1, 0, height * width);
        y.select(0, image).view(kernel.size(0), -1).copy_(pixels);
      }
    }
    return SafeConvolution.ordered(y);
  }

  private static long outputs(long size, long taps, long stride, long pad, long dilation) {
    return (size + 2 * pad - dilation * (taps - 1) - 1) / stride + 1;
  }

  /// The product of a matrix and a constant one.
  ///
  /// @param a `[M, K]`
  /// @param b `[K, N]`
  /// @param bias `[N]` or `[1]`, or null
  public static Tensor product(Tensor a, Tensor b, @Nullable Tensor bias) {
    Tensor columns = wholeVectors(b);
    Tensor sums = block(a, columns, 0, PRODUCT_BLOCK);
    if (bias != null) {
      sums.add_(wholeVectors(bias.expand(b.size(1))));
    }
    addBlocks(sums, a, columns, PRODUCT_BLOCK);
    return sums.narrow(1, 0, b.size(1)).contiguous();
  }

  /// Adds the products of the blocks behind the first.
  private static void addBlocks(Tensor sums, Tensor a, Tensor b, long size) {
    for (long from = size; from < a.size(1); from += size) {
      sums.add_(block(a, b, from, size));
    }
  }

  private static Tensor block(Tensor a, Tensor b, long from, long size) {
    long count = Math.min(size, a.size(1) - from);
    return torch.mm(a.narrow(1, from, count), b.narrow(0, from, count));
  }

  /// With columns of zeros up to whole vectors; one row after the other in memory.
  private static Tensor wholeVectors(Tensor matrix) {
    long missing = -matrix.size(-1) & (VECTOR - 1);
    return missing == 0
        ? matrix.contiguous()
        : torch.constant_pad_nd(matrix, new long[] {0, missing}, Constants.ZERO).contiguous();
  }
}
