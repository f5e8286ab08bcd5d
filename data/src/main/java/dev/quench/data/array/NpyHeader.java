// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import dev.quench.run.dataset.DataException;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The header of a `.npy` file: element type, order and shape, as a Python dictionary literal.
///
/// Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays", versions 1.0 to
/// 3.0.
///
/// @param byteLength bytes of the elements that follow
record NpyHeader(DataType dataType, Shape shape, long byteLength) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int MAX_LENGTH = 1 << 16;
  private static final int MAX_AXES = 32;
  private static final int ALIGNMENT = 64;

  private static final Map<String, DataType> TYPES =
      Map.ofEntries(
          Map.entry("f2", DataType.FLOAT16),
          Map.entry("f4", DataType.FLOAT),
          Map.entry("f8", DataType.DOUBLE),
          Map.entry("i1", DataType.INT8),
          Map.entry("i2", DataType.INT16),
          Map.entry("i4", DataType.INT32),
          Map.entry("i8", DataType.INT64),
          Map.entry("u1", DataType.UINT8),
          Map.entry("u2", DataType.UINT16),
          Map.entry("u4", DataType.UINT32),
          Map.entry("u8", DataType.UINT64),
          Map.entry("b1", DataType.BOOL));

  // Possessive and without nesting, so matching takes linear time on any text.
  private static final Pattern DESCRIPTION = Pattern.compile("'descr'\\s*+:\\s*+'([^']*+)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*+:\\s*+(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*+:\\s*+\\(([0-9,\\sL]*+)\\)");

  /// @param name of the file, for messages
  /// @throws DataException if this is not a `.npy` file, or one of an unsupported kind
  static NpyHeader read(String name, InputStream stream) throws IOException {
    byte[] start = stream.readNBytes(8);
    if (start.length < 8 || !startsWithMagic(start)) {
      throw new DataException(
          "%s: not a .npy file (it starts with %s)"
              .formatted(name, start.length == 0 ? "nothing" : HexFormat.of().formatHex(start)));
    }
    int version = start[6];
    if (version < 1 || version > 3) {
      throw new DataException(name + ": .npy version " + version + ", expected 1, 2 or 3");
    }
    byte[] size = stream.readNBytes(version == 1 ? 2 : 4);
    ByteBuffer buffer = ByteBuffer.wrap(size).order(ByteOrder.LITTLE_ENDIAN);
    if (buffer.remaining() < (version == 1 ? 2 : 4)) {
      throw new DataException(name + ": truncated within its header");
    }
    long length =
        version == 1
            ? Short.toUnsignedLong(buffer.getShort())
            : Integer.toUnsignedLong(buffer.getInt());
    if (length > MAX_LENGTH) {
      throw new DataException(
          "%s: a header of %d bytes, expected at most %d".formatted(name, length, MAX_LENGTH));
    }
    byte[] text = stream.readNBytes((int) length);
    if (text.length < length) {
      throw new DataException(name + ": truncated within its header");
    }
    return parse(name, new String(text, StandardCharsets.UTF_8));
  }

  private static boolean startsWithMagic(byte[] start) {
    for (int i = 0; i < MAGIC.length; i++) {
      if (start[i] != MAGIC[i]) {
        return false;
      }
    }
    return true;
  }

  private static NpyHeader parse(String name, String text) {
    String description = find(name, text, DESCRIPTION, "'descr' of a plain element type");
    DataType type = type(name, description);
    if (find(name, text, ORDER, "'fortran_order'").equals("True")) {
      throw new DataException(
          name
              + ": stored in Fortran order; save it in C order, with numpy.ascontiguousarray(array)");
    }
    Shape shape = shape(name, find(name, text, SHAPE, "'shape'"));
    try {
      return new NpyHeader(type, shape, type.byteSize(shape.elements()));
    } catch (ArithmeticException e) {
      throw new DataException(name + ": shape " + shape + " has too many elements", e);
    }
  }

  private static String find(String name, String text, Pattern pattern, String what) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new DataException(
          name + ": its header lacks " + what + "; arrays of records are not read");
    }
    return matcher.group(1);
  }

  private static DataType type(String name, String description) {
    boolean ordered = !description.isEmpty() && "<>|=".indexOf(description.charAt(0)) >= 0;
    DataType type = TYPES.get(ordered ? description.substring(1) : description);
    if (type == null) {
      throw new DataException(
          "%s: element type '%s', expected one of %s"
              .formatted(name, description, TYPES.keySet().stream().sorted().toList()));
    }
    if (description.startsWith(">") && type.bits() > 8) {
      throw new DataException(
          "%s: element type '%s' is big-endian; save it as '<%s'"
              .formatted(name, description, description.substring(1)));
    }
    return type;
  }

  private static Shape shape(String name, String text) {
    List<Long> sizes = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      String digits = part.strip().replace("L", "");
      if (digits.isEmpty()) {
        continue;
      }
      try {
        sizes.add(Long.valueOf(digits));
      } catch (NumberFormatException e) {
        throw new DataException(name + ": its header says size '" + digits + "'", e);
      }
    }
    if (sizes.size() > MAX_AXES) {
      throw new DataException(
          "%s: %d axes, expected at most %d".formatted(name, sizes.size(), MAX_AXES));
    }
    return Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
  }

  /// The bytes of a version 1.0 header.
  ///
  /// @throws IllegalArgumentException if NumPy has no such element type
  static byte[] write(DataType type, Shape shape) {
    String code =
        TYPES.entrySet().stream()
            .filter(entry -> entry.getValue() == type)
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    ".npy files cannot hold " + type + "; convert it to FLOAT first"));
    StringBuilder sizes = new StringBuilder();
    for (long size : shape.sizes()) {
      sizes.append(size).append(", ");
    }
    String tuple =
        shape.rank() == 1
            ? sizes.substring(0, sizes.length() - 1)
            : sizes.substring(0, Math.max(0, sizes.length() - 2));
    String text =
        String.format(
            Locale.ROOT,
            "{'descr': '%s%s', 'fortran_order': False, 'shape': (%s), }",
            type.bits() == 8 ? "|" : "<",
            code,
            tuple);
    int start = MAGIC.length + 4;
    int padded = Math.ceilDiv(start + text.length() + 1, ALIGNMENT) * ALIGNMENT - start;
    ByteBuffer header = ByteBuffer.allocate(start + padded).order(ByteOrder.LITTLE_ENDIAN);
    header.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) padded);
    header.put(text.getBytes(StandardCharsets.US_ASCII));
    while (header.remaining() > 1) {
      header.put((byte) ' ');
    }
    return header.put((byte) '\n').array();
  }
}
