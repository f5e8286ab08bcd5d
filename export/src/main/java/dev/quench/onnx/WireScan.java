// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import dev.quench.graph.ModelFormatException;
import java.io.IOException;

/// Walks a serialized message without building it: a few bytes on the wire can become objects a
/// hundred times their size, so counts and depth are checked first.
final class WireScan {
  private final OnnxLimits limits;
  private final CodedInputStream input;
  private long fields;

  private WireScan(OnnxLimits limits, CodedInputStream input) {
    this.limits = limits;
    this.input = input;
  }

  /// @throws ModelFormatException if a limit is exceeded
  /// @throws IOException unless the bytes are a protobuf message
  static void check(ByteString bytes, Descriptor type, OnnxLimits limits) throws IOException {
    CodedInputStream input = bytes.newCodedInput();
    input.setSizeLimit(Integer.MAX_VALUE);
    new WireScan(limits, input).message(type, 1);
  }

  private void message(Descriptor type, int depth) throws IOException {
    if (depth > limits.messageDepth()) {
      throw new ModelFormatException(
          "messages are nested more than %d deep".formatted(limits.messageDepth()));
    }
    while (!input.isAtEnd()) {
      int tag = input.readTag();
      if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        input.skipField(tag);
        continue;
      }
      fields++;
      if (fields > limits.fields()) {
        throw new ModelFormatException(
            "the file has more than %d fields, the limit".formatted(limits.fields()));
      }
      FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
      int length = input.readRawVarint32();
      if (field != null && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        int outer = input.pushLimit(length);
        message(field.getMessageType(), depth + 1);
        input.popLimit(outer);
      } else {
        input.skipRawBytes(length);
      }
    }
  }
}
