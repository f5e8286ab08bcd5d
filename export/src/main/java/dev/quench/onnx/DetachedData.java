// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.UnsafeByteOperations;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The `raw_data` of large tensors beside a message, which has a mark of a few bytes in place of
/// each: a message of protobuf holds all its bytes in arrays on the heap, weights would be there
/// twice. Marks start with random bytes, so that no file can hold one.
final class DetachedData implements TensorSink {
  static final FieldDescriptor RAW_DATA =
      TensorProto.getDescriptor().findFieldByNumber(TensorProto.RAW_DATA_FIELD_NUMBER);

  /// Data from this size on are detached.
  static final int LARGE = 4096;

  private static final int SECRET = 16;
  private static final int MARK = SECRET + Integer.BYTES;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final byte[] secret = new byte[SECRET];
  private final List<MemorySegment> pieces = new ArrayList<>();

  DetachedData() {
    RANDOM.nextBytes(secret);
  }

  /// Keeps `data`, without copying it, and returns the mark that stands for it.
  byte[] detach(MemorySegment data) {
    pieces.add(data);
    return ByteBuffer.allocate(MARK).put(secret).putInt(pieces.size() - 1).array();
  }

  /// How many bytes are kept here in all.
  long bytes() {
    return pieces.stream().mapToLong(MemorySegment::byteSize).sum();
  }

  /// What `raw` stands for: kept data when it is a mark, else its own bytes.
  MemorySegment data(ByteString raw) {
    return raw.size() == MARK && isMark(raw.asReadOnlyByteBuffer())
        ? piece(raw.asReadOnlyByteBuffer())
        : MemorySegment.ofBuffer(raw.asReadOnlyByteBuffer());
  }

  /// Whether the [#RAW_DATA] in a message is a mark.
  boolean isMark(byte[] message, int from, int length) {
    return length == MARK && isMark(ByteBuffer.wrap(message, from, length));
  }

  /// The data that the mark in a message stands for.
  MemorySegment piece(byte[] message, int from) {
    return piece(ByteBuffer.wrap(message, from, MARK));
  }

  @Override
  public boolean takes(Tensor tensor, TensorProto.Builder proto) {
    if (tensor.byteSize() < LARGE) {
      return false;
    }
    proto.setRawData(UnsafeByteOperations.unsafeWrap(detach(tensor.bytes())));
    return true;
  }

  private boolean isMark(ByteBuffer bytes) {
    byte[] start = new byte[SECRET];
    bytes.get(start);
    return Arrays.equals(start, secret);
  }

  private MemorySegment piece(ByteBuffer mark) {
    return pieces.get(mark.getInt(mark.position() + SECRET));
  }
}
