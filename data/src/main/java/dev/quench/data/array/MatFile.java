// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import dev.quench.run.dataset.DataException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/// The real numeric arrays of a MATLAB file of level 5, plain or compressed.
///
/// Source: MathWorks, MAT-File Format, "Level 5 MAT-File Format". Reads no more than the arrays'
/// declared sizes, which are limited before anything is allocated.
final class MatFile {
  private static final int HEADER = 128;
  private static final int MATRIX = 14;
  private static final int COMPRESSED = 15;
  private static final int INT32 = 5;
  private static final int LARGEST_NAME = 256;
  private static final int MOST_AXES = 8;
  private static final int MOST_ARRAYS = 64;
  private static final int FIRST_NUMERIC_CLASS = 6;
  private static final int COMPLEX = 0x0800;

  private final String where;
  private final long largest;
  private final ByteOrder order;

  private MatFile(String where, long largest, ByteOrder order) {
    this.where = where;
    this.largest = largest;
    this.order = order;
  }

  /// Reads all arrays by name.
  ///
  /// @param where for messages
  /// @param in read to its end, not closed
  /// @param largest the largest number of bytes of an array
  /// @throws DataException if the file is damaged, of another level, or holds other data
  static Map<String, MatArray> read(String where, InputStream in, long largest) throws IOException {
    byte[] header = in.readNBytes(HEADER);
    if (header.length < HEADER) {
      throw new DataException(where + ": too short for a MATLAB file");
    }
    ByteOrder order =
        switch ("" + (char) header[126] + (char) header[127]) {
          case "IM" -> ByteOrder.LITTLE_ENDIAN;
          case "MI" -> ByteOrder.BIG_ENDIAN;
          default ->
              throw new DataException(
                  where
                      + ": not a MATLAB file of level 5; save it with -v7, as -v7.3 is another format");
        };
    return new MatFile(where, largest, order).arrays(in);
  }

  private Map<String, MatArray> arrays(InputStream in) throws IOException {
    Map<String, MatArray> arrays = new LinkedHashMap<>();
    try {
      while (arrays.size() < MOST_ARRAYS) {
        byte[] tag = in.readNBytes(8);
        if (tag.length == 0) {
          return arrays;
        }
        if (tag.length < 8) {
          throw damaged();
        }
        int type = integers(tag).getInt();
        int size = integers(tag).getInt(4);
        if (size < 0) {
          throw damaged();
        }
        InputStream element = new Bounded(in, size);
        switch (type) {
          case COMPRESSED -> {
            InputStream inflated = new InflaterInputStream(element);
            if (new Element(inflated).type() != MATRIX) {
              throw damaged();
            }
            matrix(inflated, arrays);
          }
          case MATRIX -> matrix(element, arrays);
          default ->
              throw new DataException(where + ": an element of type " + type + ", expected arrays");
        }
        element.skipNBytes(element.available());
      }
    } catch (EOFException | ZipException e) {
      throw damaged();
    }
    throw new DataException(where + ": more than " + MOST_ARRAYS + " arrays");
  }

  private void matrix(InputStream in, Map<String, MatArray> arrays) throws IOException {
    ByteBuffer flags = integers(new Element(in).bytes(8));
    int flag = flags.getInt();
    Element dimensions = new Element(in);
    if (dimensions.type() != INT32) {
      throw damaged();
    }
    ByteBuffer numbers = integers(dimensions.bytes(4 * MOST_AXES));
    List<Integer> sizes = new ArrayList<>();
    long elements = 1;
    while (numbers.remaining() >= 4) {
      int size = numbers.getInt();
      if (size < 0 || size > largest) {
        throw damaged();
      }
      sizes.add(size);
      elements = Math.min(elements * size, Long.MAX_VALUE / Math.max(1, largest));
    }
    String name = new String(new Element(in).bytes(LARGEST_NAME), StandardCharsets.US_ASCII);
    if ((flag & 0xFF) < FIRST_NUMERIC_CLASS || (flag & COMPLEX) != 0) {
      throw new DataException("%s: '%s' is not an array of real numbers".formatted(where, name));
    }
    Element values = new Element(in);
    int width = MatArray.width(values.type());
    if (width == 0 || elements * width > largest) {
      throw new DataException(
          "%s: '%s' is %s, more than %d bytes or not of numbers"
              .formatted(where, name, sizes, largest));
    }
    byte[] data = values.bytes((int) largest);
    if (data.length != elements * width) {
      throw damaged();
    }
    arrays.put(name, new MatArray(sizes, values.type(), integers(data)));
  }

  private ByteBuffer integers(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(order);
  }

  private DataException damaged() {
    return new DataException(where + ": the file is damaged or cut short");
  }

  /// A tag and its data; short ones lie in the tag itself.
  private final class Element {
    private final InputStream in;
    private final int type;
    private final int size;
    private final byte[] within;

    Element(InputStream in) throws IOException {
      this.in = in;
      byte[] tag = in.readNBytes(8);
      if (tag.length < 8) {
        throw damaged();
      }
      int first = integers(tag).getInt();
      boolean small = first >>> 16 != 0;
      this.type = first & 0xFFFF;
      this.size = small ? first >>> 16 : integers(tag).getInt(4);
      this.within = small ? Arrays.copyOfRange(tag, 4, 8) : new byte[0];
      if (size < 0 || (small && size > 4)) {
        throw damaged();
      }
    }

    int type() {
      return type;
    }

    /// The data, with what fills them up to eight bytes skipped.
    byte[] bytes(int limit) throws IOException {
      if (size > limit) {
        throw damaged();
      }
      if (within.length > 0) {
        return Arrays.copyOf(within, size);
      }
      byte[] data = in.readNBytes(size);
      if (data.length < size) {
        throw damaged();
      }
      in.skipNBytes((8 - size % 8) % 8);
      return data;
    }
  }

  /// At most so many bytes of another stream.
  private static final class Bounded extends InputStream {
    private final InputStream in;
    private int left;

    Bounded(InputStream in, int left) {
      this.in = in;
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      int value = left == 0 ? -1 : in.read();
      left -= value < 0 ? 0 : 1;
      return value;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int count = left == 0 ? -1 : in.read(bytes, offset, Math.min(length, left));
      left -= Math.max(0, count);
      return length == 0 ? 0 : count;
    }

    /// What is left of the bound, whether or not it can be read without blocking.
    @Override
    public int available() {
      return left;
    }
  }
}
