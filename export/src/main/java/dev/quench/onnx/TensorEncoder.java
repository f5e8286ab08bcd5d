// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.quench.onnx.proto.OnnxProto.SparseTensorProto;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.tensor.DataType;
import dev.quench.tensor.SparseTensor;
import dev.quench.tensor.Tensor;

/// [Tensor] to `TensorProto`; numbers as raw data that shares the tensor's memory.
final class TensorEncoder {
  private final TensorSink sink;

  TensorEncoder(TensorSink sink) {
    this.sink = sink;
  }

  /// An initializer, whose data may go where the sink says.
  TensorProto.Builder initializer(String name, Tensor tensor) {
    TensorProto.Builder proto = header(name, tensor);
    if (tensor.dataType() == DataType.STRING || !sink.takes(tensor, proto)) {
      fill(proto, tensor);
    }
    return proto;
  }

  SparseTensorProto.Builder sparse(String name, SparseTensor tensor) {
    SparseTensorProto.Builder proto =
        SparseTensorProto.newBuilder()
            .setValues(inline(name, tensor.values()))
            .setIndices(inline("", tensor.indices()));
    for (long size : tensor.shape().sizes()) {
      proto.addDims(size);
    }
    return proto;
  }

  /// A tensor with its data in the message, as attributes need it.
  static TensorProto.Builder inline(String name, Tensor tensor) {
    TensorProto.Builder proto = header(name, tensor);
    fill(proto, tensor);
    return proto;
  }

  private static TensorProto.Builder header(String name, Tensor tensor) {
    TensorProto.Builder proto = TensorProto.newBuilder().setDataType(tensor.dataType().onnxCode());
    if (!name.isEmpty()) {
      proto.setName(name);
    }
    for (long size : tensor.shape().sizes()) {
      proto.addDims(size);
    }
    return proto;
  }

  private static void fill(TensorProto.Builder proto, Tensor tensor) {
    if (tensor.dataType() == DataType.STRING) {
      tensor.strings().forEach(s -> proto.addStringData(ByteString.copyFrom(s.toByteArray())));
    } else {
      proto.setRawData(UnsafeByteOperations.unsafeWrap(tensor.bytes().asByteBuffer()));
    }
  }
}
