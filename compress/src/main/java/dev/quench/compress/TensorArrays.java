// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress;

import dev.quench.io.NativeLibraries;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// Bridge between [Tensor] and ND4J arrays of doubles, on which weights are folded and decomposed.
///
/// Memory is shared where both sides lay it out alike: a DOUBLE tensor in native memory becomes an
/// array over that memory, and an array becomes a DOUBLE tensor over its own buffer. All other
/// conversions are one pass from source to destination. Stateless and thread-safe; loads ND4J's
/// native library at first use.
public final class TensorArrays {
  static {
    NativeLibraries.useCheckedFolder();
  }

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private TensorArrays() {}

  /// Whether [#toArray] and [#toTensor] handle this element type: FLOAT, DOUBLE, FLOAT16, BFLOAT16.
  public static boolean supports(DataType type) {
    return switch (type) {
      case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> true;
      default -> false;
    };
  }

  /// The tensor as a row-major array of doubles of the same shape; every supported type widens
  /// exactly.
  ///
  /// @param tensor at least one element; its memory may be shared by the result, which must not be
  ///   edited in place
  /// @throws IllegalArgumentException if the element type is not supported or the tensor is empty
  public static INDArray toArray(Tensor tensor) {
    if (!supports(tensor.dataType()) || tensor.elements() == 0) {
      throw new IllegalArgumentException(
          "cannot view %s as an array of doubles; expected a non-empty FLOAT, DOUBLE, FLOAT16 or BFLOAT16 tensor"
              .formatted(tensor));
    }
    long[] sizes = tensor.shape().sizes();
    if (isShareable(tensor)) {
      return Nd4j.create(
          Nd4j.createBuffer(
              new BorrowedDoubles(tensor),
              tensor.elements(),
              org.nd4j.linalg.api.buffer.DataType.DOUBLE),
          sizes);
    }
    INDArray array =
        Nd4j.createUninitialized(org.nd4j.linalg.api.buffer.DataType.DOUBLE, sizes, 'c');
    MemorySegment target = memory(array);
    MemorySegment source = tensor.bytes();
    long elements = tensor.elements();
    switch (tensor.dataType()) {
      case DOUBLE -> target.copyFrom(source);
      case FLOAT -> {
        for (long i = 0; i < elements; i++) {
          target.set(DOUBLE, i * 8, source.get(FLOAT, i * 4));
        }
      }
      default -> {
        for (long i = 0; i < elements; i++) {
          target.set(DOUBLE, i * 8, tensor.doubleAt(i));
        }
      }
    }
    return array;
  }

  /// The array as a tensor of `type` with the array's shape.
  ///
  /// Doubles are rounded once, to nearest with ties to even; what exceeds the largest finite value
  /// becomes infinite.
  ///
  /// @param array of doubles; kept alive and shared by a DOUBLE tensor, so no longer to be edited
  ///   or closed then
  /// @throws IllegalArgumentException if `type` is not supported or the array does not hold doubles
  public static Tensor toTensor(INDArray array, DataType type) {
    if (!supports(type) || array.dataType() != org.nd4j.linalg.api.buffer.DataType.DOUBLE) {
      throw new IllegalArgumentException(
          "cannot store an array of %s as %s; expected DOUBLE into FLOAT, DOUBLE, FLOAT16 or BFLOAT16"
              .formatted(array.dataType(), type));
    }
    INDArray dense = isDense(array) ? array : array.dup('c');
    Shape shape = Shape.of(array.shape());
    MemorySegment source = memory(dense);
    if (type == DataType.DOUBLE) {
      return Tensor.of(type, shape, source);
    }
    long elements = shape.elements();
    MemorySegment target =
        MemorySegment.ofArray(new byte[Math.toIntExact(type.byteSize(elements))]);
    for (long i = 0; i < elements; i++) {
      double value = source.get(DOUBLE, i * 8);
      switch (type) {
        case FLOAT -> target.set(FLOAT, i * 4, (float) value);
        case FLOAT16 -> target.set(SHORT, i * 2, Float.floatToFloat16(roundToOdd(value)));
        default -> target.set(SHORT, i * 2, toBfloat16(roundToOdd(value)));
      }
    }
    return Tensor.of(type, shape, target);
  }

  /// Whether all elements are -1, 0 or +1.
  public static boolean isTernary(Tensor tensor) {
    for (long i = 0; i < tensor.elements(); i++) {
      double value = tensor.doubleAt(i);
      if (value != 0 && Math.abs(value) != 1) {
        return false;
      }
    }
    return true;
  }

  private static boolean isShareable(Tensor tensor) {
    return tensor.dataType() == DataType.DOUBLE
        && tensor.bytes().isNative()
        && tensor.bytes().address() % Double.BYTES == 0
        && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
  }

  private static boolean isDense(INDArray array) {
    return array.ordering() == 'c'
        && !array.isView()
        && array.offset() == 0
        && array.data().length() == array.length();
  }

  /// The array's own buffer; the segment keeps the array alive.
  @SuppressWarnings("restricted")
  private static MemorySegment memory(INDArray array) {
    return MemorySegment.ofAddress(array.data().address())
        .reinterpret(array.length() * Double.BYTES, Arena.ofAuto(), new Owner(array));
  }

  /// Narrows to float so that a second rounding to a format of at most 22 bits of precision is as
  /// good as one from double: inexact results get an odd last bit (S. Boldo, G. Melquiond,
  /// "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd", IEEE
  /// Trans. Computers 2008).
  private static float roundToOdd(double value) {
    float nearest = (float) value;
    if (nearest == value || Float.isNaN(nearest)) {
      return nearest;
    }
    int bits = Float.floatToRawIntBits(nearest);
    if (Math.abs((double) nearest) > Math.abs(value)) {
      bits--;
    }
    return Float.intBitsToFloat(bits | 1);
  }

  private static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    int halfMinusTie = 0x7FFF + ((bits >>> 16) & 1);
    return (short) ((bits + halfMinusTie) >>> 16);
  }

  /// The memory of a tensor, which it keeps alive.
  private static final class BorrowedDoubles extends DoublePointer {
    private final Tensor tensor;

    BorrowedDoubles(Tensor tensor) {
      super((Pointer) null);
      this.tensor = tensor;
      this.address = tensor.bytes().address();
      this.capacity = tensor.elements();
      this.limit = tensor.elements();
    }

    @Override
    public String toString() {
      return "memory of " + tensor;
    }
  }

  /// Held by a segment for as long as it lives.
  private record Owner(INDArray array) implements Consumer<MemorySegment> {
    @Override
    public void accept(MemorySegment segment) {
      // Nothing to release: to have been reachable was enough.
    }
  }
}
