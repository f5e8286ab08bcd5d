// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.product;

import dev.quench.xnor.cuda.BinaryKernel;
import dev.quench.xnor.cuda.ConvolutionShape;
import dev.quench.xnor.cuda.PackedBits;
import dev.quench.xnor.cuda.Thresholds;
import dev.quench.xnor.cuda.internal.BinaryLayer;
import dev.quench.xnor.cuda.internal.Device;
import dev.quench.xnor.cuda.internal.DeviceBits;
import dev.quench.xnor.cuda.internal.DeviceWeights;
import dev.quench.xnor.cuda.internal.Output;
import dev.quench.xnor.cuda.internal.Product;
import org.jspecify.annotations.Nullable;

/// Computes a two-dimensional convolution of values −1 and +1 with fixed weights, exactly,
/// including zero padding.
///
/// Input and output are NHWC. Created by [BinaryGpu#convolution]; its GPU closes it at the latest.
/// Not thread-safe.
public final class BinaryConvolution implements AutoCloseable {
  private final BinaryLayer layer;

  BinaryConvolution(
      Device device,
      ConvolutionShape shape,
      PackedBits weights,
      BinaryKernel kernel,
      @Nullable Thresholds thresholds) {
    this.layer =
        new BinaryLayer(
            device,
            "the binary convolution",
            new Parts(device, shape, weights, kernel),
            thresholds);
  }

  private record Parts(
      Device device, ConvolutionShape shape, PackedBits kernels, BinaryKernel kernel)
      implements BinaryLayer.Parts {
    @Override
    public DeviceBits input() {
      return DeviceBits.pixels(device, shape.inPixels(), shape.inChannels());
    }

    @Override
    public DeviceWeights weights() {
      return DeviceWeights.convolution(device, kernel, shape, kernels);
    }

    @Override
    public DeviceBits signs() {
      return DeviceBits.pixels(device, shape.outPixels(), shape.outChannels());
    }

    @Override
    public int rows() {
      return shape.outPixels();
    }

    @Override
    public int columns() {
      return shape.outChannels();
    }

    @Override
    public Product product(DeviceBits input, DeviceWeights weights, Output output) {
      return Product.convolution(device, kernel, shape, input, weights, output);
    }
  }

  /// Convolves the signs of `input`, `[images, height, width, inChannels]`, to sums `[images,
  /// outHeight, outWidth, outChannels]`.
  ///
  /// @throws IllegalArgumentException if the number of values is wrong or one is NaN
  /// @throws IllegalStateException after close, or if it was made with thresholds
  public int[] sums(float[] input) {
    return layer.sums(input);
  }

  /// As [#sums(float[])].
  ///
  /// @param input a row for each pixel of each image
  public int[] sums(PackedBits input) {
    return layer.sums(input);
  }

  /// Returns the signs of the sums after the thresholds: one row per output pixel of each image.
  ///
  /// @throws IllegalArgumentException if the number of values is wrong or one is NaN
  /// @throws IllegalStateException after close, or if it was made without thresholds
  public PackedBits signs(float[] input) {
    return layer.signs(input);
  }

  /// As [#signs(float[])].
  ///
  /// @param input a row for each pixel of each image
  public PackedBits signs(PackedBits input) {
    return layer.signs(input);
  }

  @Override
  public void close() {
    layer.close();
  }
}
