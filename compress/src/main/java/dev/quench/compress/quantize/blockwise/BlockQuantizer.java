// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.blockwise;

import dev.quench.compress.TensorArrays;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.nd4j.linalg.factory.Nd4j;

/// Symmetric quantization of weights in blocks along one axis: scale = max |w| / 7 or / 127 of each
/// block, q = w / scale, rounded half to even, clamped. Computed in double; scales are stored in
/// the type of the weights and q is taken for the stored scale, so it errs by half a scale at most
/// where nothing is clipped.
///
/// A block of zeroes, or one so small that its scale rounds to zero, gets scale 1. The last block
/// may be shorter than the others.
///
/// With clipping each block takes the scale of 1, 0.95, … 0.5 times the above that has the least
/// sum of squared errors; the search is that of AWQ's clipping (Lin et al., MLSys 2024) without its
/// activations. Immutable, thread-safe.
final class BlockQuantizer {
  private static final int CLIP_STEPS = 10;
  private static final double CLIP_STEP = 0.05;

  /// @param values of the type asked for, packed, of the shape of the weights
  /// @param scales of the rank of the weights, ⌈length / block⌉ along the axis, all greater than 0
  record Blocks(Tensor values, Tensor scales) {}

  /// Weights of one block: `count` of them, `stride` apart.
  private static final class Block {
    private final float[] weights;
    private final int from;
    private final int stride;
    private final int count;

    Block(float[] weights, int from, int stride, int count) {
      this.weights = weights;
      this.from = from;
      this.stride = stride;
      this.count = count;
    }

    double weight(int index) {
      return weights[from + index * stride];
    }
  }

  private final BlockWeightType type;
  private final int blockSize;
  private final boolean clipped;

  BlockQuantizer(BlockWeightType type, int blockSize, boolean clipped) {
    this.type = type;
    this.blockSize = blockSize;
    this.clipped = clipped;
  }

  /// @param weights finite; FLOAT, FLOAT16 or BFLOAT16
  /// @param axis along which weights share a scale, not negative
  Blocks quantize(Tensor weights, int axis) {
    Shape shape = weights.shape();
    int length = Math.toIntExact(shape.size(axis));
    int blocks = Math.ceilDiv(length, blockSize);
    int inner = 1;
    for (int i = axis + 1; i < shape.rank(); i++) {
      inner *= Math.toIntExact(shape.size(i));
    }
    float[] values = weights.toFloats();
    int outer = values.length / length / inner;
    double[] scales = new double[outer * blocks * inner];
    byte[] levels = new byte[values.length];
    for (int s = 0; s < scales.length; s++) {
      int first = s / inner % blocks * blockSize;
      int from = (s / inner / blocks * length + first) * inner + s % inner;
      Block block = new Block(values, from, inner, Math.min(blockSize, length - first));
      scales[s] = scale(block, weights.dataType());
      for (int i = 0; i < block.count; i++) {
        levels[from + i * inner] = (byte) level(block.weight(i), scales[s]);
      }
    }
    long[] sizes = shape.sizes().clone();
    sizes[axis] = blocks;
    Tensor stored =
        TensorArrays.toTensor(Nd4j.createFromArray(scales).reshape(sizes), weights.dataType());
    return new Blocks(pack(levels, shape), stored);
  }

  private double scale(Block block, DataType stored) {
    double amax = 0;
    for (int i = 0; i < block.count; i++) {
      amax = Math.max(amax, Math.abs(block.weight(i)));
    }
    double whole = rounded(amax / type.largest(), stored);
    if (whole == 0) {
      return 1;
    }
    // Among the smallest numbers of a type rounding may halve a scale.
    double scale = amax / whole > type.largest() + 0.5 ? rounded(2 * whole, stored) : whole;
    if (!clipped) {
      return scale;
    }
    double best = scale;
    double least = squaredError(block, scale);
    for (int step = 1; step <= CLIP_STEPS; step++) {
      double tried = rounded(scale * (1 - step * CLIP_STEP), stored);
      double error = tried == 0 ? Double.POSITIVE_INFINITY : squaredError(block, tried);
      if (error < least) {
        best = tried;
        least = error;
      }
    }
    return best;
  }

  private double squaredError(Block block, double scale) {
    double sum = 0;
    for (int i = 0; i < block.count; i++) {
      double error = block.weight(i) - level(block.weight(i), scale) * scale;
      sum += error * error;
    }
    return sum;
  }

  private int level(double weight, double scale) {
    return (int) Math.clamp(Math.rint(weight / scale), type.least(), type.largest());
  }

  /// A value of the stored type next to `scale`.
  private static double rounded(double scale, DataType stored) {
    float single = (float) scale;
    return switch (stored) {
      case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16(single));
      case BFLOAT16 ->
          Float.intBitsToFloat((Float.floatToRawIntBits(single) + 0x8000) & 0xFFFF_0000);
      default -> single;
    };
  }

  private Tensor pack(byte[] levels, Shape shape) {
    if (type.dataType().bits() == Byte.SIZE) {
      return Tensor.of(type.dataType(), shape, MemorySegment.ofArray(levels));
    }
    byte[] packed = new byte[Math.ceilDiv(levels.length, 2)];
    for (int i = 0; i < levels.length; i++) {
      packed[i / 2] |= (byte) ((levels[i] & 0xF) << (i % 2 * 4));
    }
    return Tensor.of(type.dataType(), shape, MemorySegment.ofArray(packed));
  }
}
