// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.BinaryKernel;
import dev.quench.xnor.cuda.ConvolutionShape;

/// A product of bits, bound to its operands. Repeated runs allocate nothing.
public final class Product implements AutoCloseable {
  /// Up to this many rows the tensor cores work in blocks of 16 rows instead of 128.
  private static final int FEW_ROWS = 64;

  private final Output output;
  private final Launch launch;

  private Product(Output output, Launch launch) {
    this.output = output;
    this.launch = launch;
  }

  /// Rows and columns that a block of threads computes; must match the kernels.
  private record Block(String kernel, int rows, int columns, int threads) {
    Launch over(Device device, int allRows, int allColumns, KernelArguments arguments) {
      return device.prepare(
          kernel,
          Math.ceilDiv(allRows, rows),
          Math.ceilDiv(allColumns, columns),
          threads,
          arguments.slots());
    }
  }

  /// Computes `left × weightsᵀ`.
  ///
  /// @param left in tiles
  public static Product gemm(
      Device device, BinaryKernel kernel, DeviceBits left, DeviceWeights weights, Output output) {
    KernelArguments arguments =
        common(left, weights, output)
            .add(left.rows, weights.columns, output.bits == null ? 0 : acrossTiles(output.bits));
    return new Product(
        output,
        gemmBlock(device, kernel, left.rows).over(device, left.rows, weights.columns, arguments));
  }

  /// @param input pixels row by row
  public static Product convolution(
      Device device,
      BinaryKernel kernel,
      ConvolutionShape shape,
      DeviceBits input,
      DeviceWeights weights,
      Output output) {
    KernelArguments arguments =
        common(input, weights, output)
            .add(weights.borders)
            .add(shape.images(), shape.height(), shape.width(), input.wordsPerRow())
            .add(shape.outHeight(), shape.outWidth(), shape.outChannels())
            .add(shape.kernelHeight(), shape.kernelWidth(), shape.stride(), shape.dilation())
            .add(shape.padding(), shape.padding());
    Block block =
        switch (kernel) {
          case POPCOUNT -> new Block("popcountConvolution", 64, 64, 256);
          case TENSOR_CORES -> new Block("tensorConvolution" + suffix(device), 128, 64, 128);
        };
    return new Product(
        output, block.over(device, shape.outPixels(), shape.outChannels(), arguments));
  }

  private static Block gemmBlock(Device device, BinaryKernel kernel, int rows) {
    return switch (kernel) {
      case POPCOUNT -> new Block("popcountGemm", 64, 64, 256);
      case TENSOR_CORES ->
          rows <= FEW_ROWS
              ? new Block("tensorGemm" + suffix(device) + "Narrow", 16, 64, 64)
              : new Block("tensorGemm" + suffix(device), 128, 128, 128);
    };
  }

  private static String suffix(Device device) {
    return device.prefersAnd() ? "And" : "Xor";
  }

  private static KernelArguments common(DeviceBits left, DeviceWeights weights, Output output) {
    return new KernelArguments()
        .add(left.words)
        .add(weights.words)
        .add(weights.bases)
        .add(left.counts)
        .add(weights.tiles)
        .add(output.bounds)
        .add(output.flips)
        .add(output.sums)
        .add(output.bits == null ? null : output.bits.words)
        .add(output.bits == null ? null : output.bits.counts);
  }

  private static int acrossTiles(DeviceBits bits) {
    return Tiles.across(bits.columns);
  }

  /// Enqueues the product.
  public void run() {
    if (output.bits != null) {
      output.bits.clearCounts();
    }
    launch.run();
  }

  @Override
  public void close() {
    launch.close();
  }
}
