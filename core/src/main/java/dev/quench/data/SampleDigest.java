// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// SHA-256 over what decides the samples of a data set. For one thread.
final class SampleDigest {
  private static final long CHUNK = 1L << 20;

  private final MessageDigest sha256;

  /// Begins with the kind of data set and everything about it that is text.
  SampleDigest(String... facts) {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
    for (String fact : facts) {
      addText(fact);
    }
  }

  /// With its length before it, so that no two sequences of texts look the same.
  void addText(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    add(Integer.toString(bytes.length).getBytes(StandardCharsets.US_ASCII));
    add(bytes);
  }

  void add(byte[] bytes) {
    sha256.update(bytes);
  }

  void add(byte[] bytes, int offset, int length) {
    sha256.update(bytes, offset, length);
  }

  void add(MemorySegment bytes) {
    for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
      sha256.update(bytes.asSlice(at, Math.min(CHUNK, bytes.byteSize() - at)).asByteBuffer());
    }
  }

  String hex() {
    return HexFormat.of().formatHex(sha256.digest());
  }
}
