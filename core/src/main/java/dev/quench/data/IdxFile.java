// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import dev.quench.Printable;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// The content of an IDX file of unsigned bytes: two zero bytes, the type (8), the rank, each size
/// as a big-endian `int`, then the elements in row-major order. Plain or gzipped.
///
/// @param sizes outermost first
/// @param bytes one for each element
@SuppressWarnings("ArrayRecordComponent") // local to this package; never compared
record IdxFile(int[] sizes, byte[] bytes) {
  private static final int UNSIGNED_BYTE = 8;
  private static final int MAX_RANK = 4;
  private static final long MAX_BYTES = Integer.MAX_VALUE - 64L;

  /// Reads a whole file.
  ///
  /// @throws DataException if it is no IDX file of unsigned bytes, is cut off, or goes on after its
  ///   end
  static IdxFile read(Path file) throws IOException {
    String where = Printable.escape(file.toString());
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        InputStream in = decompressed(raw)) {
      int[] sizes = readSizes(in, where);
      long expected = 1;
      for (int size : sizes) {
        expected = Math.min(expected * size, MAX_BYTES + 1);
      }
      if (expected > MAX_BYTES) {
        throw new DataException(
            "%s: declares %s elements, more than the %d that are read"
                .formatted(where, Arrays.toString(sizes), MAX_BYTES));
      }
      // Grows with what is really there, so that a short file with a huge header costs nothing.
      byte[] bytes = in.readNBytes((int) expected);
      if (bytes.length < expected) {
        throw new DataException(
            "%s: ends after %d of %d elements; the file is cut off"
                .formatted(where, bytes.length, expected));
      }
      if (in.read() >= 0) {
        throw new DataException(
            "%s: goes on after the %d elements it declares; the file is damaged"
                .formatted(where, expected));
      }
      return new IdxFile(sizes, bytes);
    } catch (EOFException | ZipException e) {
      throw new DataException(where + ": damaged gzip file: " + e.getMessage(), e);
    }
  }

  private static InputStream decompressed(InputStream raw) throws IOException {
    raw.mark(2);
    boolean gzipped = raw.read() == 0x1f && raw.read() == 0x8b;
    raw.reset();
    return gzipped ? new GZIPInputStream(raw, 1 << 16) : raw;
  }

  private static int[] readSizes(InputStream in, String where) throws IOException {
    byte[] magic = in.readNBytes(4);
    if (magic.length < 4 || magic[0] != 0 || magic[1] != 0) {
      throw new DataException(
          where + ": is no IDX file; expected it to begin with two zero bytes, type and rank");
    }
    if (magic[2] != UNSIGNED_BYTE || magic[3] < 1 || magic[3] > MAX_RANK) {
      throw new DataException(
          "%s: holds type 0x%02x of rank %d; expected unsigned bytes (0x08) of rank 1 to %d"
              .formatted(where, magic[2], magic[3], MAX_RANK));
    }
    byte[] header = in.readNBytes(4 * magic[3]);
    if (header.length < 4 * magic[3]) {
      throw new DataException(where + ": ends within its header; the file is cut off");
    }
    int[] sizes = new int[magic[3]];
    ByteBuffer.wrap(header).asIntBuffer().get(sizes);
    if (Arrays.stream(sizes).anyMatch(size -> size < 1)) {
      throw new DataException(
          "%s: declares sizes %s; expected all above 0".formatted(where, Arrays.toString(sizes)));
    }
    return sizes;
  }
}
