// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.product;

import dev.quench.xnor.cuda.BinaryKernel;
import dev.quench.xnor.cuda.PackedBits;
import dev.quench.xnor.cuda.Thresholds;
import dev.quench.xnor.cuda.internal.BinaryLayer;
import dev.quench.xnor.cuda.internal.Device;
import dev.quench.xnor.cuda.internal.DeviceBits;
import dev.quench.xnor.cuda.internal.DeviceWeights;
import dev.quench.xnor.cuda.internal.Output;
import dev.quench.xnor.cuda.internal.Product;
import org.jspecify.annotations.Nullable;

/// Multiplies matrices of −1 and +1 by fixed weights: `[rows, depth] × [columns, depth]ᵀ`, exactly.
///
/// Created by [BinaryGpu#gemm]; its GPU closes it at the latest. Not thread-safe.
public final class BinaryGemm implements AutoCloseable {
  private final BinaryLayer layer;

  BinaryGemm(
      Device device,
      PackedBits weights,
      int rows,
      BinaryKernel kernel,
      @Nullable Thresholds thresholds) {
    this.layer =
        new BinaryLayer(
            device, "the binary product", new Parts(device, weights, rows, kernel), thresholds);
  }

  private record Parts(Device device, PackedBits matrix, int rows, BinaryKernel kernel)
      implements BinaryLayer.Parts {
    @Override
    public DeviceBits input() {
      return DeviceBits.tiles(device, rows, matrix.columns());
    }

    @Override
    public DeviceWeights weights() {
      return DeviceWeights.dense(device, kernel, matrix);
    }

    @Override
    public DeviceBits signs() {
      return DeviceBits.tiles(device, rows, matrix.rows());
    }

    @Override
    public int columns() {
      return matrix.rows();
    }

    @Override
    public Product product(DeviceBits input, DeviceWeights weights, Output output) {
      return Product.gemm(device, kernel, input, weights, output);
    }
  }

  /// Multiplies the signs of `input`, `[rows, depth]` row-major, by the weights to sums `[rows,
  /// columns]` row-major.
  ///
  /// @throws IllegalArgumentException if the number of values is wrong or one is NaN
  /// @throws IllegalStateException after close, or if it was made with thresholds
  public int[] sums(float[] input) {
    return layer.sums(input);
  }

  /// As [#sums(float[])].
  public int[] sums(PackedBits input) {
    return layer.sums(input);
  }

  /// Returns the signs of the product after the thresholds.
  ///
  /// @throws IllegalArgumentException if the number of values is wrong or one is NaN
  /// @throws IllegalStateException after close, or if it was made without thresholds
  public PackedBits signs(float[] input) {
    return layer.signs(input);
  }

  /// As [#signs(float[])].
  public PackedBits signs(PackedBits input) {
    return layer.signs(input);
  }

  @Override
  public void close() {
    layer.close();
  }
}
