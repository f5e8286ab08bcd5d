// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// FLOAT tensors as FLOAT16 or BFLOAT16, rounded to nearest, ties to even. Numbers beyond the range
/// become infinite.
final class HalfTensors {
  private static final ValueLayout.OfShort LITTLE_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// @param overflowed finite elements that became infinite
  /// @param flushed elements other than zero that became zero
  /// @param relativeError Euclidean norm of the rounding errors over that of the elements, infinite
  ///   ones left out; 0 for a tensor of zeros
  record Conversion(Tensor tensor, long overflowed, long flushed, double relativeError) {}

  private HalfTensors() {}

  static Conversion convert(Tensor tensor, DataType type) {
    float[] values = tensor.toFloats();
    MemorySegment bytes =
        MemorySegment.ofArray(new byte[Math.toIntExact(type.byteSize(values.length))]);
    long overflowed = 0;
    long flushed = 0;
    double error = 0;
    double norm = 0;
    for (int i = 0; i < values.length; i++) {
      short bits = bits(values[i], type);
      bytes.set(LITTLE_SHORT, i * 2L, bits);
      float rounded = value(bits, type);
      if (Float.isInfinite(rounded) && Float.isFinite(values[i])) {
        overflowed++;
      } else if (rounded == 0 && values[i] != 0) {
        flushed++;
      }
      if (Float.isFinite(rounded)) {
        double difference = (double) values[i] - rounded;
        error += difference * difference;
        norm += (double) values[i] * values[i];
      }
    }
    return new Conversion(
        Tensor.of(type, tensor.shape(), bytes),
        overflowed,
        flushed,
        norm == 0 ? 0 : Math.sqrt(error / norm));
  }

  /// `value` rounded to `type` and back.
  static float round(float value, DataType type) {
    return value(bits(value, type), type);
  }

  private static short bits(float value, DataType type) {
    return type == DataType.FLOAT16 ? Float.floatToFloat16(value) : bfloat16(value);
  }

  private static float value(short bits, DataType type) {
    return type == DataType.FLOAT16 ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
  }

  private static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
  }
}
