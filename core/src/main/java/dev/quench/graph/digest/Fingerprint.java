// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.digest;

import dev.quench.digest.Sha256;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.SparseTensor;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/// SHA-256 over a sequence of fields, each with its length, so that the encoding is unambiguous.
final class Fingerprint {
  private static final long CHUNK = 1 << 20;

  private final MessageDigest sha = Sha256.digest();

  private Fingerprint() {}

  /// @param kind what the fields describe, so that different kinds never collide
  static Fingerprint of(String kind) {
    return new Fingerprint().text(kind);
  }

  Fingerprint number(long value) {
    sha.update(ByteBuffer.allocate(Long.BYTES).putLong(0, value));
    return this;
  }

  Fingerprint text(String text) {
    return bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  Fingerprint bytes(byte[] bytes) {
    number(bytes.length);
    sha.update(bytes);
    return this;
  }

  Fingerprint tensor(Tensor tensor) {
    number(tensor.dataType().onnxCode());
    number(tensor.shape().rank());
    for (long size : tensor.shape().sizes()) {
      number(size);
    }
    if (tensor.dataType() == DataType.STRING) {
      for (ByteString string : tensor.strings()) {
        bytes(string.toByteArray());
      }
    } else {
      memory(tensor);
    }
    return this;
  }

  Fingerprint tensor(SparseTensor tensor) {
    return tensor(tensor.values()).tensor(tensor.indices()).text(tensor.shape().toString());
  }

  byte[] digest() {
    return sha.digest();
  }

  private void memory(Tensor tensor) {
    MemorySegment bytes = tensor.bytes();
    // An odd number of 4-bit elements leaves half of the last byte unused.
    boolean padded = tensor.dataType().bits() == 4 && tensor.elements() % 2 == 1;
    long whole = padded ? bytes.byteSize() - 1 : bytes.byteSize();
    for (long from = 0; from < whole; from += CHUNK) {
      sha.update(bytes.asSlice(from, Math.min(CHUNK, whole - from)).asByteBuffer());
    }
    if (padded) {
      sha.update((byte) (bytes.get(ValueLayout.JAVA_BYTE, whole) & 0xF));
    }
  }
}
