// SPDX-License-Identifier: Apache-2.0
package dev.quench.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;

/// Concrete elements of one type and static shape, row-major, little-endian.
///
/// Immutable by convention: the memory is borrowed, not copied, and must not change or be freed
/// while the tensor lives. Strings are kept beside, as a list. Equality is identity; compare
/// contents with [#contentEquals]. Thread-safe as long as the memory is not written.
public final class Tensor {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Bytes that are read at a time.
  private static final long CHUNK = 1 << 20;

  private final DataType dataType;
  private final Shape shape;
  private final long elements;
  private final MemorySegment bytes;
  private final List<ByteString> strings;

  private Tensor(DataType dataType, Shape shape, MemorySegment bytes, List<ByteString> strings) {
    this.dataType = dataType;
    this.shape = shape;
    this.elements = shape.elements();
    this.bytes = bytes;
    this.strings = strings;
  }

  /// Wraps memory without copying it.
  ///
  /// @param bytes exactly `dataType.byteSize(shape.elements())` bytes; native, mapped or a
  ///   `byte[]`; borrowed
  /// @throws IllegalArgumentException if the size does not match, if the memory is an array of
  ///   another type than bytes, or for strings
  public static Tensor of(DataType dataType, Shape shape, MemorySegment bytes) {
    if (dataType == DataType.STRING) {
      throw new IllegalArgumentException("string tensors are made with Tensor.ofStrings");
    }
    long expected = dataType.byteSize(shape.elements());
    if (bytes.byteSize() != expected) {
      throw new IllegalArgumentException(
          "%s tensor of shape %s needs %d bytes, got %d"
              .formatted(dataType, shape, expected, bytes.byteSize()));
    }
    requireBytes(bytes);
    return new Tensor(dataType, shape, bytes.asReadOnly(), List.of());
  }

  /// Files and native code take their bytes from a buffer, which no other array offers.
  private static void requireBytes(MemorySegment bytes) {
    if (bytes.isNative()) {
      return;
    }
    try {
      var _ = bytes.asSlice(0, 0).asByteBuffer();
    } catch (UnsupportedOperationException e) {
      throw new IllegalArgumentException(
          "expected native memory or a byte[], got another array; copy it to a byte[] first", e);
    }
  }

  public static Tensor ofFloats(Shape shape, float... values) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, 4)]);
    MemorySegment.copy(values, 0, bytes, FLOAT, 0, values.length);
    return of(DataType.FLOAT, shape, bytes);
  }

  public static Tensor ofDoubles(Shape shape, double... values) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, 8)]);
    MemorySegment.copy(values, 0, bytes, DOUBLE, 0, values.length);
    return of(DataType.DOUBLE, shape, bytes);
  }

  public static Tensor ofLongs(Shape shape, long... values) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, 8)]);
    MemorySegment.copy(values, 0, bytes, LONG, 0, values.length);
    return of(DataType.INT64, shape, bytes);
  }

  public static Tensor ofInts(Shape shape, int... values) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, 4)]);
    MemorySegment.copy(values, 0, bytes, INT, 0, values.length);
    return of(DataType.INT32, shape, bytes);
  }

  public static Tensor ofInt8(Shape shape, byte... values) {
    return of(DataType.INT8, shape, MemorySegment.ofArray(values.clone()));
  }

  public static Tensor ofBooleans(Shape shape, boolean... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) (values[i] ? 1 : 0);
    }
    return of(DataType.BOOL, shape, MemorySegment.ofArray(bytes));
  }

  public static Tensor ofStrings(Shape shape, List<ByteString> values) {
    if (shape.elements() != values.size()) {
      throw new IllegalArgumentException(
          "string tensor of shape %s needs %d strings, got %d"
              .formatted(shape, shape.elements(), values.size()));
    }
    return new Tensor(DataType.STRING, shape, MemorySegment.NULL, List.copyOf(values));
  }

  public static Tensor scalar(float value) {
    return ofFloats(Shape.SCALAR, value);
  }

  public static Tensor scalar(long value) {
    return ofLongs(Shape.SCALAR, value);
  }

  /// A one-dimensional INT64 tensor, as shapes and axes are given to ONNX operators.
  public static Tensor vector(long... values) {
    return ofLongs(Shape.of(values.length), values);
  }

  public DataType dataType() {
    return dataType;
  }

  /// Always static.
  public Shape shape() {
    return shape;
  }

  public long elements() {
    return elements;
  }

  /// Bytes of the packed elements; for strings the sum of their lengths.
  public long byteSize() {
    return dataType == DataType.STRING
        ? strings.stream().mapToLong(ByteString::size).sum()
        : bytes.byteSize();
  }

  /// Read-only view of the packed little-endian elements.
  ///
  /// @throws IllegalStateException for strings
  public MemorySegment bytes() {
    if (dataType == DataType.STRING) {
      throw new IllegalStateException("a string tensor has no packed bytes; use strings()");
    }
    return bytes;
  }

  /// @throws IllegalStateException unless the type is [DataType#STRING]
  public List<ByteString> strings() {
    if (dataType != DataType.STRING) {
      throw new IllegalStateException(dataType + " tensor has no strings");
    }
    return strings;
  }

  /// The element at a linear row-major index, widened exactly to double (INT64 and UINT64 may
  /// round).
  ///
  /// @throws IllegalStateException for strings and complex numbers
  public double doubleAt(long index) {
    return switch (dataType) {
      case FLOAT -> bytes.get(FLOAT, index * 4);
      case DOUBLE -> bytes.get(DOUBLE, index * 8);
      case FLOAT16 -> Float.float16ToFloat(bytes.get(SHORT, index * 2));
      case BFLOAT16 -> Float.intBitsToFloat(bytes.get(SHORT, index * 2) << 16);
      case FLOAT8E4M3FN, FLOAT8E4M3FNUZ, FLOAT8E5M2, FLOAT8E5M2FNUZ, FLOAT8E8M0, FLOAT4E2M1 ->
          SmallFloat.decode(dataType, rawBits(index));
      case UINT64 -> {
        long value = bytes.get(LONG, index * 8);
        yield value >= 0 ? value : (double) ((value >>> 1) | (value & 1)) * 2.0;
      }
      case INT64, INT32, INT16, INT8, UINT8, UINT16, UINT32, INT4, UINT4, BOOL -> longAt(index);
      case STRING, COMPLEX64, COMPLEX128 -> throw notNumeric();
    };
  }

  /// The element at a linear index of an integer or boolean tensor. UINT64 above `Long.MAX_VALUE`
  /// wraps.
  ///
  /// @throws IllegalStateException for other types
  public long longAt(long index) {
    return switch (dataType) {
      case INT64, UINT64 -> bytes.get(LONG, index * 8);
      case INT32 -> bytes.get(INT, index * 4);
      case UINT32 -> Integer.toUnsignedLong(bytes.get(INT, index * 4));
      case INT16 -> bytes.get(SHORT, index * 2);
      case UINT16 -> Short.toUnsignedLong(bytes.get(SHORT, index * 2));
      case INT8 -> bytes.get(ValueLayout.JAVA_BYTE, index);
      case UINT8, BOOL -> Byte.toUnsignedLong(bytes.get(ValueLayout.JAVA_BYTE, index));
      case UINT4 -> rawBits(index);
      case INT4 -> (rawBits(index) << 28) >> 28;
      case FLOAT,
          DOUBLE,
          FLOAT16,
          BFLOAT16,
          FLOAT8E4M3FN,
          FLOAT8E4M3FNUZ,
          FLOAT8E5M2,
          FLOAT8E5M2FNUZ,
          FLOAT8E8M0,
          FLOAT4E2M1,
          STRING,
          COMPLEX64,
          COMPLEX128 ->
          throw new IllegalStateException(dataType + " tensor has no integer elements");
    };
  }

  /// All elements as floats: exact for FLOAT and narrower, rounded to nearest for DOUBLE and wide
  /// integers. A copy.
  ///
  /// @throws IllegalStateException for strings and complex numbers
  public float[] toFloats() {
    float[] values = new float[Math.toIntExact(elements)];
    if (dataType == DataType.FLOAT) {
      MemorySegment.copy(bytes, FLOAT, 0, values, 0, values.length);
    } else {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) doubleAt(i);
      }
    }
    return values;
  }

  /// All elements as doubles. A copy.
  ///
  /// @throws IllegalStateException for strings and complex numbers
  public double[] toDoubles() {
    double[] values = new double[Math.toIntExact(elements)];
    for (int i = 0; i < values.length; i++) {
      values[i] = doubleAt(i);
    }
    return values;
  }

  /// All elements of an integer or boolean tensor. A copy.
  ///
  /// @throws IllegalStateException for other types
  public long[] toLongs() {
    long[] values = new long[Math.toIntExact(elements)];
    for (int i = 0; i < values.length; i++) {
      values[i] = longAt(i);
    }
    return values;
  }

  /// Whether no element is NaN or infinite.
  ///
  /// @throws IllegalStateException for strings and complex numbers
  public boolean isFinite() {
    for (long i = 0; i < elements; i++) {
      if (!Double.isFinite(doubleAt(i))) {
        return false;
      }
    }
    return true;
  }

  /// The same elements under another shape of the same size; shares the memory.
  ///
  /// @throws IllegalArgumentException if the element counts differ
  public Tensor reshape(Shape newShape) {
    if (newShape.elements() != elements) {
      throw new IllegalArgumentException(
          "cannot view %s (%d elements) as %s".formatted(shape, elements, newShape));
    }
    return new Tensor(dataType, newShape, bytes, strings);
  }

  /// Same type, shape and bits: `0.0` differs from `-0.0`, and a NaN equals itself when its bits
  /// do.
  public boolean contentEquals(Tensor other) {
    return dataType == other.dataType
        && shape.equals(other.shape)
        && strings.equals(other.strings)
        && (dataType == DataType.STRING || bytes.mismatch(other.bytes) == -1);
  }

  /// Equal for tensors that [#contentEquals] holds equal; reads every byte.
  public int contentHash() {
    CRC32C checksum = new CRC32C();
    for (long from = 0; from < bytes.byteSize(); from += CHUNK) {
      long length = Math.min(CHUNK, bytes.byteSize() - from);
      checksum.update(bytes.asSlice(from, length).asByteBuffer());
    }
    return Objects.hash(dataType, shape, strings, checksum.getValue());
  }

  private int rawBits(long index) {
    if (dataType.bits() == 4) {
      int pair = bytes.get(ValueLayout.JAVA_BYTE, index >> 1);
      return (index & 1) == 0 ? pair & 0xF : (pair >> 4) & 0xF;
    }
    return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, index));
  }

  private IllegalStateException notNumeric() {
    return new IllegalStateException(dataType + " tensor has no real elements");
  }

  /// Type, shape and, for up to eight elements, the values.
  @Override
  public String toString() {
    if (elements > 8 || dataType == DataType.COMPLEX64 || dataType == DataType.COMPLEX128) {
      return dataType + " " + shape;
    }
    return dataType
        + " "
        + shape
        + " "
        + (dataType == DataType.STRING
            ? strings
            : dataType.isFloating() ? Arrays.toString(toFloats()) : Arrays.toString(toLongs()));
  }
}
