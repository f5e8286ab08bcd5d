// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import dev.quench.digest.Sha256;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/// SHA-256 of what determines the samples of a data set, field by field with lengths.
public final class Digest {
  private static final long CHUNK = 1 << 20;

  private final MessageDigest sha = Sha256.digest();

  /// @param kind of data set, so that different kinds never collide
  public Digest(String kind) {
    text(kind);
  }

  /// The digest of a data set by its samples alone: inputs by name, labels, order. The same for any
  /// batch size and wherever the data lie.
  ///
  /// @return SHA-256, in hex
  /// @throws UncheckedIOException if the data cannot be read
  public static String ofSamples(Dataset data) {
    Digest digest = new Digest("samples").number(data.size());
    try (Stream<Batch> batches = data.batches(1)) {
      batches.forEachOrdered(batch -> {
        new TreeMap<>(batch.inputs()).forEach((name, tensor) -> digest.text(name).tensor(tensor));
        digest.text(batch.labels().kind()).labels(batch.labels());
      });
    } catch (IOException e) {
      throw new UncheckedIOException(data.description() + ": " + e.getMessage(), e);
    }
    return digest.hex();
  }

  public Digest number(long value) {
    sha.update(ByteBuffer.allocate(Long.BYTES).putLong(0, value));
    return this;
  }

  public Digest text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    number(bytes.length);
    sha.update(bytes);
    return this;
  }

  public Digest bytes(byte[] bytes, int from, int length) {
    number(length);
    sha.update(bytes, from, length);
    return this;
  }

  public Digest tensor(Tensor tensor) {
    text(tensor.dataType().name()).text(tensor.shape().toString());
    if (tensor.dataType() == DataType.STRING) {
      for (ByteString string : tensor.strings()) {
        byte[] bytes = string.toByteArray();
        bytes(bytes, 0, bytes.length);
      }
      return this;
    }
    MemorySegment bytes = tensor.bytes();
    for (long from = 0; from < bytes.byteSize(); from += CHUNK) {
      sha.update(bytes.asSlice(from, Math.min(CHUNK, bytes.byteSize() - from)).asByteBuffer());
    }
    return this;
  }

  public Digest labels(Labels labels) {
    switch (labels) {
      case Labels.None _ -> {}
      case Labels.Classes classes -> classes.indices().forEach(this::number);
      case Labels.Masks masks -> masks.masks().forEach(mask -> mask.addTo(this));
      case Labels.Boxes boxes -> boxes.images().forEach(this::boxes);
      case Labels.Texts texts -> texts.texts().forEach(this::text);
    }
    return this;
  }

  private void boxes(List<LabelledBox> boxes) {
    number(boxes.size());
    for (LabelledBox each : boxes) {
      real(each.box().x1()).real(each.box().y1()).real(each.box().x2()).real(each.box().y2());
      number(each.classIndex()).real(each.area()).number(each.crowd() ? 1 : 0);
    }
  }

  private Digest real(double value) {
    return number(Double.doubleToLongBits(value));
  }

  public String hex() {
    return HexFormat.of().formatHex(sha.digest());
  }
}
