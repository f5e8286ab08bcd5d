// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import com.google.protobuf.CodedOutputStream;
import dev.quench.graph.ModelFormatException;
import dev.quench.onnx.proto.OnnxProto.SparseTensorProto;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.SparseTensor;
import dev.quench.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/// `TensorProto` to [Tensor]: whichever field holds the data, the tensor has packed little-endian
/// bytes. Raw data is not copied but shared with the file in memory.
final class TensorDecoder {
  private static final int EXTERNAL = 1;
  private static final long MAX_ARRAY = Integer.MAX_VALUE - 64;
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

  private final OnnxLimits limits;
  private final ExternalData external;
  private final DetachedData detached;

  TensorDecoder(OnnxLimits limits, ExternalData external) {
    this(limits, external, new DetachedData());
  }

  /// @param detached data of the placeholders in `raw_data`
  TensorDecoder(OnnxLimits limits, ExternalData external, DetachedData detached) {
    this.limits = limits;
    this.external = external;
    this.detached = detached;
  }

  /// @throws ModelFormatException if the data does not fit type and shape
  Tensor decode(TensorProto proto) {
    String label = "tensor '" + proto.getName() + "'";
    if (proto.hasSegment()) {
      throw new ModelFormatException(
          label + ": data in segments is not supported; expected the whole tensor");
    }
    DataType type =
        DataType.fromOnnxCode(proto.getDataType())
            .orElseThrow(() ->
                new ModelFormatException(
                    "%s: element type code %d is unknown; expected 1 to 24, as of ONNX IR version 11"
                        .formatted(label, proto.getDataType())));
    Shape shape = shape(label, proto.getDimsList());
    long elements = elements(label, shape);
    if (type == DataType.STRING) {
      return strings(label, proto, shape, elements);
    }
    long expected = byteSize(label, type, shape, elements);
    if (proto.getDataLocation() == EXTERNAL) {
      external.count(growth(proto, expected));
      return Tensor.of(
          type, shape, external.read(label, Entries.decode(proto.getExternalDataList()), expected));
    }
    if (proto.hasRawData()) {
      MemorySegment raw = detached.data(proto.getRawData());
      if (raw.byteSize() != expected) {
        throw new ModelFormatException(
            "%s: %s %s needs %d bytes, raw_data has %d; the file may be truncated"
                .formatted(label, type, shape, expected, raw.byteSize()));
      }
      return Tensor.of(type, shape, raw);
    }
    return Tensor.of(type, shape, typed(label, proto, type, shape));
  }

  /// How many more bytes the message would take with `raw_data` in place of external data.
  private static long growth(TensorProto proto, long bytes) {
    int before = proto.getSerializedSize();
    long header =
        proto.toBuilder().clearExternalData().clearDataLocation().build().getSerializedSize();
    long after = header + 1 + varint(bytes) + bytes;
    return after + varint(after) - before - varint(before);
  }

  private static long varint(long length) {
    return CodedOutputStream.computeUInt64SizeNoTag(length);
  }

  /// @throws ModelFormatException if indices and values do not fit each other
  SparseTensor decode(SparseTensorProto proto) {
    Tensor values = decode(proto.getValues());
    Tensor indices = decode(proto.getIndices());
    String label = "sparse tensor '" + proto.getValues().getName() + "'";
    Shape shape = shape(label, proto.getDimsList());
    elements(label, shape);
    int rank = indices.shape().rank();
    boolean fits =
        indices.dataType() == DataType.INT64
            && values.shape().rank() == 1
            && (rank == 1 || (rank == 2 && indices.shape().size(1) == shape.rank()))
            && indices.shape().size(0) == values.elements();
    if (!fits) {
      throw new ModelFormatException(
          "%s %s: values %s and indices %s do not fit; expected values [n] and INT64 indices [n] or [n, %d]"
              .formatted(label, shape, values.shape(), indices, shape.rank()));
    }
    return new SparseTensor(values, indices, shape);
  }

  private static Shape shape(String label, List<Long> dims) {
    for (long dim : dims) {
      if (dim < 0) {
        throw new ModelFormatException(
            "%s: dimensions are %s, expected zero or more".formatted(label, dims));
      }
    }
    return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
  }

  private static long elements(String label, Shape shape) {
    try {
      return shape.elements();
    } catch (ArithmeticException e) {
      throw new ModelFormatException(
          "%s: the product of its dimensions %s overflows".formatted(label, shape), e);
    }
  }

  private long byteSize(String label, DataType type, Shape shape, long elements) {
    long expected;
    try {
      expected = type.byteSize(elements);
    } catch (ArithmeticException e) {
      throw new ModelFormatException(
          "%s: the byte size of %s %s overflows".formatted(label, type, shape), e);
    }
    if (expected > limits.tensorBytes()) {
      throw new ModelFormatException(
          "%s: %s %s has %d bytes, the limit is %d"
              .formatted(label, type, shape, expected, limits.tensorBytes()));
    }
    return expected;
  }

  private static Tensor strings(String label, TensorProto proto, Shape shape, long elements) {
    if (proto.getDataLocation() == EXTERNAL || proto.hasRawData()) {
      throw new ModelFormatException(label + ": strings must be in string_data");
    }
    requireCount(
        label, DataType.STRING, shape, "string_data", proto.getStringDataCount(), elements);
    return Tensor.ofStrings(
        shape,
        proto.getStringDataList().stream().map(s -> ByteString.copyOf(s.toByteArray())).toList());
  }

  private static MemorySegment typed(String label, TensorProto proto, DataType type, Shape shape) {
    long elements = shape.elements();
    return switch (type) {
      case FLOAT, COMPLEX64 -> {
        long expected = type == DataType.FLOAT ? elements : elements * 2;
        requireCount(label, type, shape, "float_data", proto.getFloatDataCount(), expected);
        MemorySegment bytes = allocate(expected * 4);
        for (int i = 0; i < expected; i++) {
          bytes.set(FLOAT, i * 4L, proto.getFloatData(i));
        }
        yield bytes;
      }
      case DOUBLE, COMPLEX128 -> {
        long expected = type == DataType.DOUBLE ? elements : elements * 2;
        requireCount(label, type, shape, "double_data", proto.getDoubleDataCount(), expected);
        MemorySegment bytes = allocate(expected * 8);
        for (int i = 0; i < expected; i++) {
          bytes.set(DOUBLE, i * 8L, proto.getDoubleData(i));
        }
        yield bytes;
      }
      case INT64 -> {
        requireCount(label, type, shape, "int64_data", proto.getInt64DataCount(), elements);
        MemorySegment bytes = allocate(elements * 8);
        for (int i = 0; i < elements; i++) {
          bytes.set(LONG, i * 8L, proto.getInt64Data(i));
        }
        yield bytes;
      }
      case UINT64 -> {
        requireCount(label, type, shape, "uint64_data", proto.getUint64DataCount(), elements);
        MemorySegment bytes = allocate(elements * 8);
        for (int i = 0; i < elements; i++) {
          bytes.set(LONG, i * 8L, proto.getUint64Data(i));
        }
        yield bytes;
      }
      case UINT32 -> {
        requireCount(label, type, shape, "uint64_data", proto.getUint64DataCount(), elements);
        MemorySegment bytes = allocate(elements * 4);
        for (int i = 0; i < elements; i++) {
          bytes.set(INT, i * 4L, (int) proto.getUint64Data(i));
        }
        yield bytes;
      }
      case INT32 -> {
        requireCount(label, type, shape, "int32_data", proto.getInt32DataCount(), elements);
        MemorySegment bytes = allocate(elements * 4);
        for (int i = 0; i < elements; i++) {
          bytes.set(INT, i * 4L, proto.getInt32Data(i));
        }
        yield bytes;
      }
      case INT16, UINT16, FLOAT16, BFLOAT16 -> {
        requireCount(label, type, shape, "int32_data", proto.getInt32DataCount(), elements);
        MemorySegment bytes = allocate(elements * 2);
        for (int i = 0; i < elements; i++) {
          bytes.set(SHORT, i * 2L, (short) proto.getInt32Data(i));
        }
        yield bytes;
      }
      // One number a byte; two elements share a byte, and so a number, in the 4-bit types.
      case INT8,
          UINT8,
          BOOL,
          FLOAT8E4M3FN,
          FLOAT8E4M3FNUZ,
          FLOAT8E5M2,
          FLOAT8E5M2FNUZ,
          FLOAT8E8M0,
          INT4,
          UINT4,
          FLOAT4E2M1 -> {
        long expected = type.byteSize(elements);
        requireCount(label, type, shape, "int32_data", proto.getInt32DataCount(), expected);
        MemorySegment bytes = allocate(expected);
        for (int i = 0; i < expected; i++) {
          bytes.set(ValueLayout.JAVA_BYTE, i, (byte) proto.getInt32Data(i));
        }
        yield bytes;
      }
      case STRING -> throw new IllegalArgumentException(label + ": strings have no packed form");
    };
  }

  private static MemorySegment allocate(long bytes) {
    return bytes <= MAX_ARRAY
        ? MemorySegment.ofArray(new byte[(int) bytes])
        : Arena.ofAuto().allocate(bytes);
  }

  private static void requireCount(
      String label, DataType type, Shape shape, String field, long actual, long expected) {
    if (actual != expected) {
      throw new ModelFormatException(
          "%s: %s %s needs %d numbers in %s, got %d; the data may be missing or the file truncated"
              .formatted(label, type, shape, expected, field, actual));
    }
  }
}
