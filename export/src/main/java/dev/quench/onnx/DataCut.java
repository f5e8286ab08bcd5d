// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.WireFormat;
import dev.quench.graph.ModelFormatException;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Copies a serialized model without the data of its large tensors, which stays where it is;
/// placeholders of [DetachedData] take its place. Everything else, malformed parts included, is
/// copied unchanged. Only messages large enough to hold such data are parsed.
final class DataCut {
  /// Room for the length of a message that is not known yet: a varint may be longer than it needs.
  private static final int LENGTH_BYTES = 5;

  private final MemorySegment file;
  private final DetachedData detached;
  private final OnnxLimits limits;
  private byte[] copy = new byte[1 << 16];
  private int length;
  private long position;

  private DataCut(MemorySegment file, DetachedData detached, OnnxLimits limits) {
    this.file = file;
    this.detached = detached;
    this.limits = limits;
  }

  /// @param file a serialized `ModelProto`
  /// @throws ModelFormatException if messages are nested too deeply
  /// @throws InvalidProtocolBufferException if a field reaches beyond its message
  static ByteString of(MemorySegment file, DetachedData detached, OnnxLimits limits)
      throws InvalidProtocolBufferException {
    DataCut cut = new DataCut(file, detached, limits);
    cut.message(file.byteSize(), ModelProto.getDescriptor(), 1);
    return UnsafeByteOperations.unsafeWrap(cut.copy, 0, cut.length);
  }

  private void message(long end, Descriptor type, int depth) throws InvalidProtocolBufferException {
    if (depth > limits.messageDepth()) {
      throw new ModelFormatException(
          "messages are nested more than %d deep".formatted(limits.messageDepth()));
    }
    long copied = position;
    while (position < end) {
      int tag = (int) varint(end);
      switch (WireFormat.getTagWireType(tag)) {
        case WireFormat.WIRETYPE_VARINT -> varint(end);
        case WireFormat.WIRETYPE_FIXED32 -> skip(Integer.BYTES, end);
        case WireFormat.WIRETYPE_FIXED64 -> skip(Long.BYTES, end);
        case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
          long tagged = position;
          long size = varint(end);
          long content = position;
          skip(size, end);
          FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
          if (size < DetachedData.LARGE || field == null) {
            continue;
          }
          if (field == DetachedData.RAW_DATA) {
            copy(copied, tagged);
            byte[] mark = detached.detach(file.asSlice(content, size));
            append((byte) mark.length); // below 128, so one byte
            append(mark);
            copied = position;
          } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            copy(copied, tagged);
            int hole = length;
            append(new byte[LENGTH_BYTES]);
            position = content;
            message(content + size, field.getMessageType(), depth + 1);
            fill(hole, length - hole - LENGTH_BYTES);
            copied = position;
          }
        }
        default -> position = end; // a group, or no field at all: whoever parses the copy will see
      }
    }
    copy(copied, end);
  }

  private long varint(long end) throws InvalidProtocolBufferException {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE && position < end; shift += 7) {
      byte group = file.get(ValueLayout.JAVA_BYTE, position++);
      value |= (long) (group & 0x7F) << shift;
      if (group >= 0) {
        return value;
      }
    }
    throw new InvalidProtocolBufferException(
        "the varint at byte %d does not end".formatted(position));
  }

  private void skip(long bytes, long end) throws InvalidProtocolBufferException {
    if (bytes < 0 || bytes > end - position) {
      throw new InvalidProtocolBufferException(
          "the field at byte %d has %d bytes, %d are left of its message"
              .formatted(position, bytes, end - position));
    }
    position += bytes;
  }

  private void copy(long from, long to) {
    int size = Math.toIntExact(to - from);
    reserve(size);
    MemorySegment.copy(file, ValueLayout.JAVA_BYTE, from, copy, length, size);
    length += size;
  }

  private void append(byte... bytes) {
    reserve(bytes.length);
    System.arraycopy(bytes, 0, copy, length, bytes.length);
    length += bytes.length;
  }

  private void fill(int hole, int size) {
    for (int i = 0; i < LENGTH_BYTES; i++) {
      int more = i < LENGTH_BYTES - 1 ? 0x80 : 0;
      copy[hole + i] = (byte) (((size >>> (7 * i)) & 0x7F) | more);
    }
  }

  private void reserve(int size) {
    int needed = Math.addExact(length, size);
    if (needed > copy.length) {
      int doubled = (int) Math.min(2L * copy.length, Integer.MAX_VALUE - 8);
      copy = Arrays.copyOf(copy, Math.max(needed, doubled));
    }
  }
}
