// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Seeded noise of the right types: floats from the standard normal distribution, bytes over their
/// whole range, wider integers and booleans 0 or 1, which masks, lengths and indices of any table
/// take.
public final class RandomTensors {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private RandomTensors() {}

  /// One tensor for each spec; equal seeds give equal bits.
  ///
  /// @param specs of static shape
  /// @throws DataException for types that noise makes no sense of, such as strings
  public static Map<String, Tensor> of(List<TensorSpec> specs, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (TensorSpec spec : specs) {
      tensors.put(spec.name(), tensor(spec.dataType(), spec.shape(), random.split()));
    }
    return tensors;
  }

  static Tensor tensor(DataType type, Shape shape, SplittableRandom random) {
    int count = Math.toIntExact(shape.elements());
    return switch (type) {
      case FLOAT -> {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
          values[i] = (float) random.nextGaussian();
        }
        yield Tensor.ofFloats(shape, values);
      }
      case DOUBLE ->
          Tensor.ofDoubles(shape, random.doubles(count).map(_ -> random.nextGaussian()).toArray());
      case FLOAT16, BFLOAT16 -> halves(type, shape, count, random);
      case INT8, UINT8 -> {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        yield Tensor.of(type, shape, MemorySegment.ofArray(bytes));
      }
      case BOOL, INT16, UINT16, INT32, UINT32, INT64, UINT64 -> {
        int width = type.bits() / 8;
        byte[] bytes = new byte[Math.multiplyExact(count, width)];
        for (int i = 0; i < count; i++) {
          bytes[i * width] = (byte) random.nextInt(2);
        }
        yield Tensor.of(type, shape, MemorySegment.ofArray(bytes));
      }
      case STRING,
          COMPLEX64,
          COMPLEX128,
          INT4,
          UINT4,
          FLOAT4E2M1,
          FLOAT8E4M3FN,
          FLOAT8E4M3FNUZ,
          FLOAT8E5M2,
          FLOAT8E5M2FNUZ,
          FLOAT8E8M0 ->
          throw new DataException(
              "random data of type " + type + " cannot be made; give real data");
    };
  }

  private static Tensor halves(DataType type, Shape shape, int count, SplittableRandom random) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Math.multiplyExact(count, 2)]);
    for (int i = 0; i < count; i++) {
      float value = (float) random.nextGaussian();
      short bits =
          type == DataType.FLOAT16
              ? Float.floatToFloat16(value)
              : (short) (Float.floatToIntBits(value) >>> 16);
      bytes.set(SHORT, 2L * i, bits);
    }
    return Tensor.of(type, shape, bytes);
  }
}
