// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

import dev.quench.digest.Sha256;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;

/// Copies serialized engines, which may exceed the size of a Java array, between native memory and
/// files.
public final class PlanBytes {
  private static final int CHUNK = 1 << 20;

  private PlanBytes() {}

  static void write(MemorySegment plan, OutputStream out) throws IOException {
    byte[] chunk = new byte[CHUNK];
    for (long offset = 0; offset < plan.byteSize(); ) {
      int size = fill(chunk, plan, offset);
      out.write(chunk, 0, size);
      offset += size;
    }
  }

  /// Reads the whole file into memory of `arena`, so it cannot change after it was checked.
  ///
  /// @throws IOException if it cannot be read or shrinks meanwhile
  public static MemorySegment read(Path file, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      MemorySegment plan = arena.allocate(channel.size());
      for (long offset = 0; offset < plan.byteSize(); ) {
        long size = Math.min(CHUNK, plan.byteSize() - offset);
        int read = channel.read(plan.asSlice(offset, size).asByteBuffer());
        if (read < 0) {
          throw new EOFException(file + " ended after " + offset + " bytes");
        }
        offset += read;
      }
      return plan;
    }
  }

  /// 64 lower-case hexadecimal digits.
  public static String sha256(MemorySegment plan) {
    MessageDigest digest = Sha256.digest();
    byte[] chunk = new byte[CHUNK];
    for (long offset = 0; offset < plan.byteSize(); ) {
      int size = fill(chunk, plan, offset);
      digest.update(chunk, 0, size);
      offset += size;
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /// Like [#sha256(MemorySegment)], for a file.
  static String sha256(Path file) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return sha256(read(file, arena));
    }
  }

  public static String sha256(byte[] bytes) {
    return sha256(MemorySegment.ofArray(bytes));
  }

  private static int fill(byte[] chunk, MemorySegment plan, long offset) {
    int size = (int) Math.min(chunk.length, plan.byteSize() - offset);
    MemorySegment.copy(plan, ValueLayout.JAVA_BYTE, offset, chunk, 0, size);
    return size;
  }
}
