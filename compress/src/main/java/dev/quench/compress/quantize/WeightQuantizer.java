// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.compress.TensorArrays;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// Symmetric INT8 quantization of weights: scale = amax / 127 for each channel, computed in double
/// and stored in the type of the weights; q = w / scale, rounded half to even, clamped to [−128,
/// 127]. A channel of zeroes, or one so small that its scale rounds to zero, gets scale 1.
public final class WeightQuantizer {
  public static final int MAX = 127;
  public static final int MIN = -128;

  private WeightQuantizer() {}

  /// @param weights finite floats
  /// @param axis of the channels; empty for one scale in all
  /// @return `[channels]`, or a scalar without an axis; of the type of the weights, all greater
  ///   than 0
  public static Tensor scales(Tensor weights, OptionalInt axis) {
    long channels = axis.isPresent() ? weights.shape().size(axis.getAsInt()) : 1;
    double[] amax = new double[Math.toIntExact(channels)];
    long inner = innerSize(weights.shape(), axis);
    for (long i = 0; i < weights.elements(); i++) {
      int channel = (int) (i / inner % channels);
      amax[channel] = Math.max(amax[channel], Math.abs(weights.doubleAt(i)));
    }
    INDArray scales = Nd4j.createFromArray(amax).div(MAX);
    Tensor stored = TensorArrays.toTensor(scales, weights.dataType());
    for (int c = 0; c < amax.length; c++) {
      if (stored.doubleAt(c) == 0) {
        scales.putScalar(c, 1.0);
      }
    }
    Tensor positive = TensorArrays.toTensor(scales, weights.dataType());
    return axis.isPresent() ? positive : positive.reshape(Shape.SCALAR);
  }

  /// As `QuantizeLinear` would, which divides in float.
  ///
  /// @param scales of [#scales]
  /// @return INT8 of the shape of the weights
  public static Tensor quantize(Tensor weights, Tensor scales, OptionalInt axis) {
    byte[] quantized = new byte[Math.toIntExact(weights.elements())];
    long channels = scales.elements();
    long inner = innerSize(weights.shape(), axis);
    for (int i = 0; i < quantized.length; i++) {
      float scale = (float) scales.doubleAt(i / inner % channels);
      double rounded = Math.rint((float) weights.doubleAt(i) / scale);
      quantized[i] = (byte) Math.clamp(rounded, MIN, MAX);
    }
    return Tensor.of(DataType.INT8, weights.shape(), MemorySegment.ofArray(quantized));
  }

  /// Zero points for these scales.
  public static Tensor zeroPoints(Tensor scales) {
    return Tensor.ofInt8(scales.shape(), new byte[Math.toIntExact(scales.elements())]);
  }

  /// Scalar of `type`, rounded to nearest.
  static Tensor scalar(double scale, DataType type) {
    return TensorArrays.toTensor(Nd4j.scalar(scale), type);
  }

  /// Elements that lie behind one index of `axis`; all of them without an axis.
  private static long innerSize(Shape shape, OptionalInt axis) {
    long inner = 1;
    for (int i = axis.orElse(-1) + 1; i < shape.rank(); i++) {
      inner *= shape.size(i);
    }
    return inner;
  }
}
