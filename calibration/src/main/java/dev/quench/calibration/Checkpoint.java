// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.Printable;
import dev.quench.calibration.table.HistogramFile;
import dev.quench.digest.Sha256;
import dev.quench.io.AtomicFile;
import dev.quench.io.RegularFile;
import dev.quench.run.CalibrationException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A file from which an interrupted calibration resumes. It holds a magic number, a version, the
/// SHA-256 that identifies the calibration, the number of tensors, for each tensor the length of
/// its name, the name in UTF-8 and the number of samples done, then the histograms as a
/// [HistogramFile], and last the SHA-256 over all preceding bytes. Numbers are big-endian.
///
/// @param file need not exist
/// @param identity SHA-256, in hex, of everything that decides the histograms
record Checkpoint(Path file, String identity) {
  private static final int MAGIC = 0x5143_4B50;
  private static final int VERSION = 2;
  private static final int CHECKSUM_BYTES = 32;
  private static final int IDENTITY_BYTES = 64;
  private static final long MAX_BYTES = 2L << 30;

  void write(PassState state) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(MAGIC);
      out.writeInt(VERSION);
      out.write(identity.getBytes(StandardCharsets.US_ASCII));
      out.writeInt(state.done().size());
      for (Map.Entry<String, Long> entry : state.done().entrySet()) {
        byte[] name = entry.getKey().getBytes(StandardCharsets.UTF_8);
        out.writeInt(name.length);
        out.write(name);
        out.writeLong(entry.getValue());
      }
      out.write(HistogramFile.encode(state.histograms()));
      out.write(Sha256.digest().digest(bytes.toByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
    AtomicFile.writeBytes(file, bytes.toByteArray());
  }

  /// The last written state; empty if the file does not exist.
  ///
  /// @throws CalibrationException if the file is damaged or belongs to another calibration
  Optional<PassState> read() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String where = Printable.escape(file.toString());
    byte[] bytes = RegularFile.readAllBytes(file, MAX_BYTES);
    int content = bytes.length - CHECKSUM_BYTES;
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes, 0, Math.max(0, content));
      if (in.getInt() != MAGIC || in.getInt() != VERSION) {
        throw damaged(where, "its first bytes are not those of this version");
      }
      byte[] checksum = Sha256.digest().digest(Arrays.copyOf(bytes, content));
      if (!Arrays.equals(checksum, Arrays.copyOfRange(bytes, content, bytes.length))) {
        throw damaged(where, "its checksum does not match its content");
      }
      byte[] owner = new byte[IDENTITY_BYTES];
      in.get(owner);
      if (!new String(owner, StandardCharsets.US_ASCII).equals(identity)) {
        throw new CalibrationException(
            "%s: belongs to a calibration of another model, other tensors or other data; delete it to start anew, or name another checkpoint"
                .formatted(where));
      }
      int tensors = in.getInt();
      Map<String, Long> done = new LinkedHashMap<>();
      for (int i = 0; i < tensors; i++) {
        String name = new String(HistogramFile.block(in), StandardCharsets.UTF_8);
        done.put(name, in.getLong());
      }
      byte[] histograms = new byte[in.remaining()];
      in.get(histograms);
      return Optional.of(new PassState(done, HistogramFile.decode(histograms, where)));
    } catch (BufferUnderflowException e) {
      throw damaged(where, "it is truncated");
    }
  }

  private static CalibrationException damaged(String where, String reason) {
    return new CalibrationException(
        "%s: not a valid calibration checkpoint: %s; delete it to start anew"
            .formatted(where, reason));
  }
}
