// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import dev.quench.run.dataset.DataException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// An array of unsigned bytes in the IDX format: two zero bytes, type 8, number of axes, big-endian
/// sizes, elements.
///
/// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", section "File formats".
final class IdxFile {
  /// The largest number of elements in a file; Fashion-MNIST's training images have 47 million.
  private static final long MAX_ELEMENTS = 1L << 30;

  private static final int UNSIGNED_BYTE = 8;

  private final int[] sizes;
  private final byte[] bytes;

  private IdxFile(int[] sizes, byte[] bytes) {
    this.sizes = sizes;
    this.bytes = bytes;
  }

  /// @param what the expected content, for messages
  static IdxFile read(String name, InputStream stream, int axes, String what) throws IOException {
    try {
      return parse(name, inflated(stream), axes, what);
    } catch (ZipException | EOFException e) {
      throw new DataException(
          name + ": damaged or truncated gzip file (" + e.getMessage() + "); fetch it again", e);
    }
  }

  private static InputStream inflated(InputStream stream) throws IOException {
    byte[] magic = stream.readNBytes(2);
    InputStream whole = new SequenceInputStream(new ByteArrayInputStream(magic), stream);
    boolean gzip = magic.length == 2 && magic[0] == 0x1F && magic[1] == (byte) 0x8B;
    return gzip ? new GZIPInputStream(whole, 1 << 16) : whole;
  }

  private static IdxFile parse(String name, InputStream stream, int axes, String what)
      throws IOException {
    byte[] magic = stream.readNBytes(4);
    if (magic.length < 4 || magic[0] != 0 || magic[1] != 0 || magic[2] != UNSIGNED_BYTE) {
      throw new DataException(
          "%s: not an IDX file of unsigned bytes (it starts with %s, expected 00 00 08); expected %s"
              .formatted(name, hex(magic), what));
    }
    if (magic[3] != axes) {
      throw new DataException(
          "%s: an IDX file of %d axes, expected %d: %s".formatted(name, magic[3], axes, what));
    }
    int[] sizes = new int[axes];
    long elements = 1;
    for (int i = 0; i < axes; i++) {
      byte[] size = stream.readNBytes(4);
      if (size.length < 4) {
        throw new DataException(name + ": truncated within its header");
      }
      sizes[i] = ByteBuffer.wrap(size).getInt();
      // Each factor is below 2^31 and the product so far at most 2^30.
      elements *= Math.max(0, sizes[i]);
      if (sizes[i] <= 0 || elements > MAX_ELEMENTS) {
        throw new DataException(
            "%s: its header says sizes %s, expected positive ones of at most %d elements in all"
                .formatted(name, Arrays.toString(Arrays.copyOf(sizes, i + 1)), MAX_ELEMENTS));
      }
    }
    byte[] bytes = stream.readNBytes((int) elements);
    if (bytes.length < elements) {
      throw new DataException(
          "%s: truncated, holds %d of the %d elements that its header declares %s"
              .formatted(name, bytes.length, elements, Arrays.toString(sizes)));
    }
    if (stream.readNBytes(1).length > 0) {
      throw new DataException(
          "%s: has data after the %d elements that its header declares %s"
              .formatted(name, elements, Arrays.toString(sizes)));
    }
    return new IdxFile(sizes, bytes);
  }

  private static String hex(byte[] bytes) {
    StringBuilder hex = new StringBuilder();
    for (byte each : bytes) {
      hex.append(hex.isEmpty() ? "" : " ").append("%02x".formatted(each));
    }
    return hex.isEmpty() ? "nothing" : hex.toString();
  }

  /// Some entries along axis 0 as an array.
  ///
  /// @param positions of the entries, in order
  IdxFile rows(List<Integer> positions) {
    int row = bytes.length / sizes[0];
    byte[] some = new byte[Math.multiplyExact(row, positions.size())];
    int to = 0;
    for (int position : positions) {
      System.arraycopy(bytes, position * row, some, to, row);
      to += row;
    }
    int[] shape = sizes.clone();
    shape[0] = positions.size();
    return new IdxFile(shape, some);
  }

  int size(int axis) {
    return sizes[axis];
  }

  /// The elements, not copied; do not modify them.
  byte[] bytes() {
    return bytes;
  }
}
