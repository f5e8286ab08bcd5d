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

/// Keeps the `raw_data` of large tensors outside a protobuf message, which holds a short
/// placeholder for each: protobuf copies all bytes to arrays on the heap, so weights would exist
/// twice. Placeholders start with random bytes, so no file can contain one.
final class DetachedData implements TensorSink {
  static final FieldDescriptor RAW_DATA =
      TensorProto.getDescriptor().findFieldByNumber(TensorProto.RAW_DATA_FIELD_NUMBER);

  /// The smallest size, in bytes, that is detached.
  static final int LARGE = 4096;

  private static final int SECRET = 16;
  private static final int MARK = SECRET + Integer.BYTES;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final byte[] secret = new byte[SECRET];
  private final List<MemorySegment> pieces = new ArrayList<>();

  DetachedData() {
    RANDOM.nextBytes(secret);
  }

  /// Keeps `data` without copying it and returns its placeholder.
  byte[] detach(MemorySegment data) {
    pieces.add(data);
    return ByteBuffer.allocate(MARK).put(secret).putInt(pieces.size() - 1).array();
  }

  /// How many bytes are kept here in all.
  long bytes() {
    return pieces.stream().mapToLong(MemorySegment::byteSize).sum();
  }

  /// The data of `raw`: kept data if it is a placeholder, else its bytes.
  MemorySegment data(ByteString raw) {
    return raw.size() == MARK && isMark(raw.asReadOnlyByteBuffer())
        ? piece(raw.asReadOnlyByteBuffer())
        : MemorySegment.ofBuffer(raw.asReadOnlyByteBuffer());
  }

  /// Whether the [#RAW_DATA] in a message is a placeholder.
  boolean isMark(byte[] message, int from, int length) {
    return length == MARK && isMark(ByteBuffer.wrap(message, from, length));
  }

  /// The data of the placeholder in a message.
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
