// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.BinaryKernel;
import dev.quench.xnor.cuda.ConvolutionShape;
import dev.quench.xnor.cuda.PackedBits;
import org.jspecify.annotations.Nullable;

/// Weights on a device, with the parts of the sums that depend on the weights alone.
public final class DeviceWeights implements AutoCloseable {
  final int columns;
  final int tiles;
  final DeviceBuffer words;
  final DeviceBuffer bases;
  final @Nullable DeviceBuffer borders;
  private final Scope scope = new Scope();

  private DeviceWeights(Device device, PackedBits matrix, int[] bases, byte @Nullable [] borders) {
    this.columns = matrix.rows();
    this.tiles = Tiles.across(matrix.columns());
    try {
      int[] packed = Tiles.pack(matrix);
      this.words = scope.own(device.allocate((long) Integer.BYTES * packed.length));
      device.write(words, packed);
      this.bases = scope.own(device.allocate((long) Integer.BYTES * bases.length));
      device.write(this.bases, bases);
      this.borders = borders == null ? null : scope.own(device.allocate(borders.length));
      if (this.borders != null && borders != null) {
        device.write(this.borders, borders);
      }
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  /// @param weights `[columns of the product, depth]`
  public static DeviceWeights dense(Device device, BinaryKernel kernel, PackedBits weights) {
    ProductForm form = form(device, kernel);
    int[] bases = new int[weights.rows()];
    for (int column = 0; column < bases.length; column++) {
      bases[column] = form.base(weights.columns(), weights.negatives(column), 0);
    }
    return new DeviceWeights(device, weights, bases, null);
  }

  /// @param weights `[outChannels * taps, inChannels]`, taps of a channel in row-major order
  /// @throws IllegalArgumentException if the sizes differ
  public static DeviceWeights convolution(
      Device device, BinaryKernel kernel, ConvolutionShape shape, PackedBits weights) {
    int rows = Math.multiplyExact(shape.outChannels(), shape.taps());
    if (weights.rows() != rows || weights.columns() != shape.inChannels()) {
      throw new IllegalArgumentException(
          "weights are %s, expected [outChannels * taps, inChannels] = %d x %d bits"
              .formatted(weights, rows, shape.inChannels()));
    }
    Borders borders = Borders.of(shape);
    // The taps of a channel follow each other, and each begins with a new word, as in the input.
    int depth = Math.multiplyExact(shape.taps(), weights.wordsPerRow() * Integer.SIZE);
    PackedBits matrix = PackedBits.ofWords(weights.toWords(), shape.outChannels(), depth);
    return new DeviceWeights(
        device, matrix, borders.bases(weights, form(device, kernel)), borders.byPixel());
  }

  static ProductForm form(Device device, BinaryKernel kernel) {
    return switch (kernel) {
      case POPCOUNT -> ProductForm.XOR;
      case TENSOR_CORES -> device.prefersAnd() ? ProductForm.AND : ProductForm.XOR;
    };
  }

  @Override
  public void close() {
    scope.close();
  }
}
