// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import java.nio.ByteBuffer;
import java.util.List;

/// A numeric array of a [MatFile], first index fastest.
///
/// @param sizes of the axes
/// @param type code of the stored element type
/// @param data in the byte order of the file, borrowed
record MatArray(List<Integer> sizes, int type, ByteBuffer data) {
  static final int UINT8 = 2;

  /// Bytes of an element of a stored type; 0 for types that are not numbers.
  static int width(int type) {
    return switch (type) {
      case 1, UINT8 -> 1;
      case 3, 4 -> 2;
      case 5, 6, 7 -> 4;
      case 9, 12, 13 -> 8;
      default -> 0;
    };
  }

  int elements() {
    return data.capacity() / width(type);
  }

  /// The element as a number; 64-bit integers are rounded to double.
  double value(int index) {
    return switch (type) {
      case 1 -> data.get(index);
      case UINT8 -> Byte.toUnsignedInt(data.get(index));
      case 3 -> data.getShort(2 * index);
      case 4 -> Short.toUnsignedInt(data.getShort(2 * index));
      case 5 -> data.getInt(4 * index);
      case 6 -> Integer.toUnsignedLong(data.getInt(4 * index));
      case 7 -> data.getFloat(4 * index);
      case 9 -> data.getDouble(8 * index);
      default -> data.getLong(8 * index);
    };
  }
}
