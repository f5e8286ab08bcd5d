// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import dev.quench.io.AtomicFile;
import dev.quench.io.RegularFile;
import dev.quench.run.dataset.DataException;
import dev.quench.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/// Reads and writes arrays in NumPy's `.npy` format: C order, little-endian, floats of 16 to 64
/// bits, integers of 8 to 64 bits and booleans. Non-finite numbers are kept. Stateless,
/// thread-safe.
public final class NpyFile {
  /// The largest size of the elements, in bytes.
  public static final long MAX_BYTES = Integer.MAX_VALUE - 64L;

  private static final int CHUNK = 1 << 20;

  private NpyFile() {}

  /// @throws IOException if the file cannot be read
  /// @throws DataException if it is damaged, too large, or of an unsupported kind
  public static Tensor read(Path file) throws IOException {
    try (InputStream stream = new BufferedInputStream(RegularFile.open(file), 1 << 16)) {
      Tensor tensor = read(file.toString(), stream, MAX_BYTES);
      if (stream.read() >= 0) {
        throw new DataException(
            "%s: has data after the %d bytes of its array %s"
                .formatted(file, tensor.byteSize(), tensor.shape()));
      }
      return tensor;
    }
  }

  /// Reads one array at the current position of the stream, and leaves the stream right after it.
  ///
  /// @param name for messages
  /// @param maxBytes largest size of the elements, in bytes
  /// @throws IOException if the stream cannot be read
  /// @throws DataException as [#read(Path)] does
  public static Tensor read(String name, InputStream stream, long maxBytes) throws IOException {
    NpyHeader header = NpyHeader.read(name, stream);
    long limit = Math.min(maxBytes, MAX_BYTES);
    if (header.byteLength() > limit) {
      throw new DataException(
          "%s: %s %s needs %d bytes, expected at most %d"
              .formatted(name, header.dataType(), header.shape(), header.byteLength(), limit));
    }
    // Grows as bytes arrive, so a header alone cannot claim memory.
    byte[] bytes = stream.readNBytes((int) header.byteLength());
    if (bytes.length < header.byteLength()) {
      throw new DataException(
          "%s: truncated, holds %d of the %d bytes of its array %s"
              .formatted(name, bytes.length, header.byteLength(), header.shape()));
    }
    return Tensor.of(header.dataType(), header.shape(), MemorySegment.ofArray(bytes));
  }

  /// Writes an array, replacing an existing file.
  ///
  /// @throws IOException if the file cannot be written; an existing file then stays unchanged
  /// @throws IllegalArgumentException if NumPy has no such element type
  public static void write(Path file, Tensor tensor) throws IOException {
    byte[] header = NpyHeader.write(tensor.dataType(), tensor.shape());
    AtomicFile.write(
        file,
        out -> {
          out.write(header);
          writeElements(out, tensor.bytes());
        });
  }

  private static void writeElements(OutputStream out, MemorySegment bytes) throws IOException {
    byte[] chunk = new byte[(int) Math.min(CHUNK, bytes.byteSize())];
    for (long from = 0; from < bytes.byteSize(); from += chunk.length) {
      int length = (int) Math.min(chunk.length, bytes.byteSize() - from);
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, from, chunk, 0, length);
      out.write(chunk, 0, length);
    }
  }
}
