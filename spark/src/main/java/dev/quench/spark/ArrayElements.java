// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.run.dataset.DataException;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import scala.collection.Iterable;
import scala.collection.Iterator;

/// Collects the numbers of a nested array, row-major, as the elements of a tensor.
final class ArrayElements {
  private final String column;
  private final DataType type;
  private final Shape shape;
  private final ByteBuffer bytes;
  private final long expected;
  private long added;

  ArrayElements(String column, DataType type, Shape shape) {
    this.column = column;
    this.type = type;
    this.shape = shape;
    this.expected = shape.elements();
    this.bytes =
        ByteBuffer.allocate(Math.toIntExact(type.byteSize(expected)))
            .order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Adds an array, an array of arrays, or a number.
  void addAll(Object value) {
    switch (value) {
      case Iterable<?> several -> {
        for (Iterator<?> each = several.iterator(); each.hasNext(); ) {
          addAll(each.next());
        }
      }
      case List<?> several -> several.forEach(this::addAll);
      case Boolean flag -> add(flag ? 1 : 0);
      case Number number -> add(number);
      case null -> throw new DataException("column '%s' holds a null number".formatted(column));
      default ->
          throw new DataException(
              "column '%s' holds %s; expected numbers"
                  .formatted(column, value.getClass().getSimpleName()));
    }
  }

  private void add(Number number) {
    if (added++ >= expected) {
      return; // tensor() says how many there are
    }
    switch (type) {
      case FLOAT -> bytes.putFloat(number.floatValue());
      case DOUBLE -> bytes.putDouble(number.doubleValue());
      case FLOAT16 -> bytes.putShort(Float.floatToFloat16(number.floatValue()));
      case INT64 -> bytes.putLong(whole(number, Long.MIN_VALUE, Long.MAX_VALUE));
      case INT32 -> bytes.putInt((int) whole(number, Integer.MIN_VALUE, Integer.MAX_VALUE));
      case INT8 -> bytes.put((byte) whole(number, Byte.MIN_VALUE, Byte.MAX_VALUE));
      case UINT8 -> bytes.put((byte) whole(number, 0, 255));
      case BOOL -> bytes.put((byte) whole(number, 0, 1));
      default ->
          throw new DataException(
              "column '%s' is an array, and the input is of %s; give its bytes in a binary column"
                  .formatted(column, type));
    }
  }

  private long whole(Number number, long least, long most) {
    long value = number.longValue();
    if (value != number.doubleValue() || value < least || value > most) {
      throw new DataException(
          "column '%s' holds %s; expected whole numbers from %d to %d for %s"
              .formatted(column, number, least, most, type));
    }
    return value;
  }

  Tensor tensor() {
    if (added != expected) {
      throw new DataException(
          "column '%s' has %d numbers; expected %d for %s %s"
              .formatted(column, added, expected, type, shape));
    }
    return Tensor.of(type, shape, MemorySegment.ofArray(bytes.array()));
  }
}
