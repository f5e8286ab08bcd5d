// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalInt;

/// Weights as integers with their scales and zero points, to the bit what the trainer's evaluation
/// computes: divided in FP32, rounded half to even, saturated.
///
/// @param integers of the narrowest type that holds the levels, in the shape of the weights
/// @param scale FP32, `[channels]` or a scalar
/// @param zeroPoint of the type of the integers and the shape of the scale
record RoundedWeights(Tensor integers, Tensor scale, Tensor zeroPoint) {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Rounds with one range for each channel.
  ///
  /// @param min of each channel; a single one without an axis
  /// @param max likewise
  static RoundedWeights of(
      Tensor weights, OptionalInt axis, Levels levels, float[] min, float[] max) {
    float[] scales = new float[min.length];
    int[] zeroPoints = new int[min.length];
    for (int c = 0; c < min.length; c++) {
      scales[c] = levels.scale(min[c], max[c]);
      zeroPoints[c] = levels.zeroPoint(min[c], scales[c]);
    }
    return of(weights, axis, levels, scales, zeroPoints);
  }

  /// Rounds with scales that are known.
  static RoundedWeights of(
      Tensor weights, OptionalInt axis, Levels levels, float[] scales, int[] zeroPoints) {
    float[] values = weights.toFloats();
    int inner = inner(weights.shape(), axis);
    int[] integers = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      int c = i / inner % scales.length;
      double level = Math.rint(values[i] / scales[c]) + zeroPoints[c];
      integers[i] = (int) Math.clamp(level, (double) levels.low(), (double) levels.high());
    }
    Shape shape = axis.isPresent() ? Shape.of(scales.length) : Shape.SCALAR;
    return new RoundedWeights(
        store(levels.storage(), weights.shape(), integers),
        Tensor.ofFloats(shape, scales),
        store(levels.storage(), shape, zeroPoints));
  }

  /// The smallest and the largest weight of each channel, `{min, max}`.
  static float[][] extremes(Tensor weights, OptionalInt axis) {
    int channels = axis.isPresent() ? Math.toIntExact(weights.shape().size(axis.getAsInt())) : 1;
    float[] min = new float[channels];
    float[] max = new float[channels];
    Arrays.fill(min, Float.POSITIVE_INFINITY);
    Arrays.fill(max, Float.NEGATIVE_INFINITY);
    float[] values = weights.toFloats();
    int inner = inner(weights.shape(), axis);
    for (int i = 0; i < values.length; i++) {
      int c = i / inner % channels;
      min[c] = Math.min(min[c], values[i]);
      max[c] = Math.max(max[c], values[i]);
    }
    return new float[][] {min, max};
  }

  /// @param integers within the range of `type`, one of 8 or 16 bits
  static Tensor store(DataType type, Shape shape, int... integers) {
    boolean bytes = type.bits() == 8;
    MemorySegment memory = MemorySegment.ofArray(new byte[integers.length * (bytes ? 1 : 2)]);
    for (int i = 0; i < integers.length; i++) {
      if (bytes) {
        memory.set(ValueLayout.JAVA_BYTE, i, (byte) integers[i]);
      } else {
        memory.set(SHORT, 2L * i, (short) integers[i]);
      }
    }
    return Tensor.of(type, shape, memory);
  }

  /// Elements behind one index of the axis.
  private static int inner(Shape shape, OptionalInt axis) {
    int inner = 1;
    for (int i = axis.orElse(-1) + 1; i < shape.rank(); i++) {
      inner = Math.toIntExact(inner * shape.size(i));
    }
    return inner;
  }
}
