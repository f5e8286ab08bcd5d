// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import dev.quench.Printable;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// NumPy's file format for one array: a magic word, a version, a header that is the text of a
/// Python dictionary, then the elements.
///
/// Versions 1 to 3, little-endian, row-major, types of booleans, integers and floats. Source:
/// numpy.lib.format in NumPy's documentation. Thread-safe: yes, stateless.
public final class NpyFile {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int MAX_HEADER_BYTES = 1 << 16;
  private static final int MAX_RANK = 64;
  private static final int ALIGNMENT = 64;
  private static final long MAP_FROM_BYTES = 64L << 20;
  private static final long CHUNK = 1L << 20;

  private static final Pattern TYPE = Pattern.compile("'descr'\\s*:\\s*'([<>|=]?)([a-z]\\d{1,2})'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9, L]*)\\)");

  private static final Map<String, DataType> TYPES =
      Map.ofEntries(
          Map.entry("b1", DataType.BOOL),
          Map.entry("i1", DataType.INT8),
          Map.entry("i2", DataType.INT16),
          Map.entry("i4", DataType.INT32),
          Map.entry("i8", DataType.INT64),
          Map.entry("u1", DataType.UINT8),
          Map.entry("u2", DataType.UINT16),
          Map.entry("u4", DataType.UINT32),
          Map.entry("u8", DataType.UINT64),
          Map.entry("f2", DataType.FLOAT16),
          Map.entry("f4", DataType.FLOAT),
          Map.entry("f8", DataType.DOUBLE));

  private NpyFile() {}

  /// Reads one array. Large files stay on disk and are mapped: replace them, do not overwrite them,
  /// while the tensor lives.
  ///
  /// @throws DataException if it is no such file, is cut off, or holds what a [Tensor] cannot,
  ///   saying what to do
  /// @throws IOException if it cannot be read
  public static Tensor read(Path file) throws IOException {
    String where = Printable.escape(file.toString());
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (!Files.isRegularFile(file)) {
        throw new DataException(where + ": is no regular file; expected a .npy file");
      }
      Header header = readHeader(channel, where);
      long expected = header.byteSize(where);
      long present = channel.size() - header.end();
      if (present != expected) {
        throw new DataException(
            "%s: %s array of shape %s needs %d bytes after the header, the file has %d; it is damaged"
                .formatted(where, header.type(), header.shape(), expected, present));
      }
      return Tensor.of(header.type(), header.shape(), content(channel, header.end(), expected));
    }
  }

  /// Writes one array as version 1, whole or not at all.
  ///
  /// @throws DataException if NumPy has no such type
  /// @throws IOException if it cannot be written
  public static void write(Path file, Tensor tensor) throws IOException {
    String type =
        TYPES.entrySet().stream()
            .filter(entry -> entry.getValue() == tensor.dataType())
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseThrow(() ->
                new DataException(
                    "%s: the .npy format has no type %s; cast the tensor to FLOAT first"
                        .formatted(Printable.escape(file.toString()), tensor.dataType())));
    byte[] header = header(type, tensor.shape());
    AtomicFile.write(
        file,
        out -> {
          out.write(header);
          WritableByteChannel channel = Channels.newChannel(out);
          MemorySegment bytes = tensor.bytes();
          for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
            long length = Math.min(CHUNK, bytes.byteSize() - at);
            channel.write(bytes.asSlice(at, length).asByteBuffer());
          }
        });
  }

  private static byte[] header(String type, Shape shape) {
    String sizes =
        Arrays.stream(shape.sizes()).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String comma = shape.rank() == 1 ? "," : "";
    String order = type.endsWith("1") ? "|" : "<";
    String text =
        "{'descr': '%s%s', 'fortran_order': False, 'shape': (%s%s), }"
            .formatted(order, type, sizes, comma);
    int prefix = MAGIC.length + 4;
    int total = Math.ceilDiv(prefix + text.length() + 1, ALIGNMENT) * ALIGNMENT;
    ByteBuffer bytes = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (total - prefix));
    bytes.put(text.getBytes(StandardCharsets.US_ASCII));
    while (bytes.remaining() > 1) {
      bytes.put((byte) ' ');
    }
    return bytes.put((byte) '\n').array();
  }

  private static Header readHeader(FileChannel channel, String where) throws IOException {
    ByteBuffer start = bytes(channel, 0, MAGIC.length + 6);
    byte[] magic = new byte[MAGIC.length];
    if (start.remaining() < MAGIC.length + 4) {
      throw noNpy(where);
    }
    start.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw noNpy(where);
    }
    int version = start.get();
    start.get();
    boolean wide = version > 1;
    if (version < 1 || version > 3 || (wide && start.remaining() < 4)) {
      throw new DataException(where + ": .npy version " + version + "; expected 1, 2 or 3");
    }
    long length =
        wide ? Integer.toUnsignedLong(start.getInt()) : Short.toUnsignedInt(start.getShort());
    int from = MAGIC.length + (wide ? 6 : 4);
    if (length > MAX_HEADER_BYTES) {
      throw new DataException(
          "%s: a header of %d bytes; expected at most %d"
              .formatted(where, length, MAX_HEADER_BYTES));
    }
    ByteBuffer header = bytes(channel, from, (int) length);
    if (header.remaining() < length) {
      throw new DataException(where + ": ends within its header; the file is cut off");
    }
    String text = StandardCharsets.UTF_8.decode(header).toString();
    return parse(text, from + length, where);
  }

  private static Header parse(String text, long end, String where) {
    Matcher type = TYPE.matcher(text);
    Matcher order = ORDER.matcher(text);
    Matcher shape = SHAPE.matcher(text);
    if (!type.find() || !order.find() || !shape.find()) {
      throw new DataException(
          "%s: header %s does not give descr, fortran_order and shape of a plain array; save it with numpy.save"
              .formatted(where, Printable.escape(text.strip())));
    }
    DataType dataType = TYPES.get(type.group(2));
    if (dataType == null || type.group(1).equals(">")) {
      throw new DataException(
          "%s: elements of type '%s%s'; expected little-endian booleans, integers or floats: use astype before numpy.save"
              .formatted(where, type.group(1), type.group(2)));
    }
    long[] sizes =
        Arrays.stream(shape.group(1).split(","))
            .map(size -> size.replace("L", "").strip())
            .filter(size -> !size.isEmpty())
            .mapToLong(size -> size(size, where))
            .toArray();
    if (sizes.length > MAX_RANK) {
      throw new DataException(
          "%s: an array of rank %d; expected at most %d".formatted(where, sizes.length, MAX_RANK));
    }
    if (order.group(1).equals("True") && sizes.length > 1) {
      throw new DataException(
          where + ": a column-major array; use numpy.ascontiguousarray before numpy.save");
    }
    return new Header(dataType, Shape.of(sizes), end);
  }

  private static long size(String text, String where) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new DataException(where + ": '" + text + "' is no size of an array", e);
    }
  }

  private static MemorySegment content(FileChannel channel, long start, long size)
      throws IOException {
    if (size >= MAP_FROM_BYTES) {
      return channel.map(FileChannel.MapMode.READ_ONLY, start, size, Arena.ofAuto());
    }
    ByteBuffer read = bytes(channel, start, (int) size);
    return MemorySegment.ofBuffer(read);
  }

  private static ByteBuffer bytes(FileChannel channel, long start, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    long at = start;
    while (bytes.hasRemaining()) {
      int read = channel.read(bytes, at);
      if (read < 0) {
        break;
      }
      at += read;
    }
    return bytes.flip();
  }

  private static DataException noNpy(String where) {
    return new DataException(where + ": is no .npy file; save the array with numpy.save");
  }

  private record Header(DataType type, Shape shape, long end) {
    long byteSize(String where) {
      try {
        return type.byteSize(shape.elements());
      } catch (ArithmeticException e) {
        throw new DataException(where + ": the sizes " + shape + " overflow", e);
      }
    }
  }
}
