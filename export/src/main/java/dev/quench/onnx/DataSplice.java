// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/// Writes a serialized model with the data of [DetachedData] in place of its placeholders, byte for
/// byte what protobuf would write with the data inline.
final class DataSplice {
  private static final int CHUNK = 1 << 20;

  private final byte[] message;
  private final DetachedData detached;

  /// New sizes of the fields that grow, by the position of their first byte.
  private final Map<Integer, Integer> sizes = new HashMap<>();

  private DataSplice(byte[] message, DetachedData detached) {
    this.message = message;
    this.detached = detached;
  }

  /// @param model with placeholders
  static void write(ModelProto model, DetachedData detached, OutputStream out) throws IOException {
    DataSplice splice = new DataSplice(model.toByteArray(), detached);
    splice.measure(0, splice.message.length, ModelProto.getDescriptor());
    CodedOutputStream coded = CodedOutputStream.newInstance(out, 1 << 16);
    splice.copy(0, splice.message.length, ModelProto.getDescriptor(), coded);
    coded.flush();
  }

  /// One length-delimited field.
  ///
  /// @param from position of its content
  private record Field(FieldDescriptor descriptor, int from, int size) {}

  /// Looks at the fields of one message that may hold data.
  @FunctionalInterface
  private interface FieldVisitor {
    void visit(Field field) throws IOException;
  }

  /// @return how many bytes the message grows by
  private int measure(int from, int size, Descriptor type) throws IOException {
    int[] growth = {0};
    visit(
        from,
        size,
        type,
        field -> {
          int grown =
              field.descriptor() == DetachedData.RAW_DATA
                  ? detached.isMark(message, field.from(), field.size())
                      ? Math.toIntExact(detached.piece(message, field.from()).byteSize())
                          - field.size()
                      : 0
                  : measure(field.from(), field.size(), field.descriptor().getMessageType());
          if (grown != 0) {
            int now = Math.addExact(field.size(), grown);
            sizes.put(field.from(), now);
            growth[0] = Math.addExact(growth[0], grown + varint(now) - varint(field.size()));
          }
        });
    return growth[0];
  }

  private void copy(int from, int size, Descriptor type, CodedOutputStream out) throws IOException {
    int[] copied = {from};
    visit(
        from,
        size,
        type,
        field -> {
          Integer now = sizes.get(field.from());
          if (now == null) {
            return;
          }
          int length = field.from() - varint(field.size());
          out.writeRawBytes(message, copied[0], length - copied[0]);
          out.writeUInt32NoTag(now);
          if (field.descriptor() == DetachedData.RAW_DATA) {
            copy(detached.piece(message, field.from()), out);
          } else {
            copy(field.from(), field.size(), field.descriptor().getMessageType(), out);
          }
          copied[0] = field.from() + field.size();
        });
    out.writeRawBytes(message, copied[0], from + size - copied[0]);
  }

  private static void copy(MemorySegment data, CodedOutputStream out) throws IOException {
    byte[] chunk = new byte[(int) Math.min(CHUNK, data.byteSize())];
    for (long done = 0; done < data.byteSize(); done += chunk.length) {
      int size = (int) Math.min(chunk.length, data.byteSize() - done);
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, done, chunk, 0, size);
      out.writeRawBytes(chunk, 0, size);
    }
  }

  private void visit(int from, int size, Descriptor type, FieldVisitor visitor) throws IOException {
    CodedInputStream input = CodedInputStream.newInstance(message, from, size);
    while (!input.isAtEnd()) {
      int tag = input.readTag();
      FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
      boolean holdsData =
          field == DetachedData.RAW_DATA
              || (field != null && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE);
      if (!holdsData || WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        input.skipField(tag);
        continue;
      }
      int length = input.readRawVarint32();
      int content = from + input.getTotalBytesRead();
      visitor.visit(new Field(field, content, length));
      input.skipRawBytes(length);
    }
  }

  private static int varint(int size) {
    return CodedOutputStream.computeUInt32SizeNoTag(size);
  }
}
