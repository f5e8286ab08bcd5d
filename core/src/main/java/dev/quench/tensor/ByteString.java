// SPDX-License-Identifier: Apache-2.0
package dev.quench.tensor;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Immutable bytes with content equality. ONNX strings are bytes that are usually, not always,
/// UTF-8.
public final class ByteString {
  public static final ByteString EMPTY = new ByteString(new byte[0]);

  private final byte[] bytes;

  private ByteString(byte[] bytes) {
    this.bytes = bytes;
  }

  /// @param bytes copied
  public static ByteString copyOf(byte[] bytes) {
    return new ByteString(bytes.clone());
  }

  public static ByteString of(String text) {
    return new ByteString(text.getBytes(StandardCharsets.UTF_8));
  }

  public byte[] toByteArray() {
    return bytes.clone();
  }

  public int size() {
    return bytes.length;
  }

  public boolean isEmpty() {
    return bytes.length == 0;
  }

  /// Decodes as UTF-8; malformed sequences become U+FFFD.
  public String utf8() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ByteString that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return utf8();
  }
}
