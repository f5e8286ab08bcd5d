// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import dev.quench.Printable;
import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.histogram.HistogramCodec;
import dev.quench.digest.Sha256;
import dev.quench.io.RegularFile;
import dev.quench.run.CalibrationException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// `calibration.histograms`: a magic number, a version, the number of histograms, for each its name
/// in UTF-8 and its canonical bytes, each preceded by its length, and the SHA-256 over all
/// preceding bytes. Numbers are big-endian.
public final class HistogramFile {
  private static final int MAGIC = 0x5148_4953;
  private static final int VERSION = 1;
  private static final int CHECKSUM_BYTES = 32;
  private static final long MAX_BYTES = 1L << 30;

  private HistogramFile() {}

  public static byte[] encode(Map<String, Histogram> histograms) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(MAGIC);
      out.writeInt(VERSION);
      out.writeInt(histograms.size());
      for (Map.Entry<String, Histogram> entry : histograms.entrySet()) {
        writeBlock(out, entry.getKey().getBytes(StandardCharsets.UTF_8));
        writeBlock(out, HistogramCodec.encode(entry.getValue()));
      }
      out.write(Sha256.digest().digest(bytes.toByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  private static void writeBlock(DataOutputStream out, byte[] block) throws IOException {
    out.writeInt(block.length);
    out.write(block);
  }

  /// Reads the histograms by name.
  ///
  /// @return a mutable map in file order
  static Map<String, Histogram> read(Path file) throws IOException {
    String where = Printable.escape(file.toString());
    return decode(RegularFile.readAllBytes(file, MAX_BYTES), where);
  }

  public static Map<String, Histogram> decode(byte[] bytes, String where) {
    if (bytes.length < CHECKSUM_BYTES) {
      throw damaged(where, "it ends too early");
    }
    int content = bytes.length - CHECKSUM_BYTES;
    ByteBuffer in = ByteBuffer.wrap(bytes, 0, content);
    try {
      if (in.getInt() != MAGIC) {
        throw damaged(where, "its first bytes are not those of a histogram file");
      }
      int version = in.getInt();
      if (version != VERSION) {
        throw damaged(
            where, "its version is %d, this program reads %d".formatted(version, VERSION));
      }
      byte[] checksum = Sha256.digest().digest(Arrays.copyOf(bytes, content));
      if (!Arrays.equals(checksum, Arrays.copyOfRange(bytes, content, bytes.length))) {
        throw damaged(where, "its checksum does not match its content");
      }
      int count = in.getInt();
      Map<String, Histogram> histograms = new LinkedHashMap<>();
      for (int i = 0; i < count; i++) {
        String name = new String(block(in), StandardCharsets.UTF_8);
        Histogram histogram =
            HistogramCodec.decode(block(in), where + ", tensor '" + Printable.escape(name) + "'");
        if (histograms.put(name, histogram) != null) {
          throw damaged(where, "tensor '" + Printable.escape(name) + "' occurs twice");
        }
      }
      if (in.hasRemaining()) {
        throw damaged(where, "data follow its last histogram");
      }
      return histograms;
    } catch (BufferUnderflowException e) {
      throw damaged(where, "it ends too early");
    }
  }

  /// The bytes that follow a length.
  ///
  /// @throws BufferUnderflowException if the buffer holds fewer bytes than the length
  public static byte[] block(ByteBuffer in) {
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] block = new byte[length];
    in.get(block);
    return block;
  }

  private static CalibrationException damaged(String where, String reason) {
    return new CalibrationException(
        "%s: not a valid histogram file: %s; calibrate again".formatted(where, reason));
  }
}
