// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.tensor.Tensor;

/// Decides where the bytes of an initializer go: into the protobuf message or beside it.
@FunctionalInterface
interface TensorSink {
  /// Puts everything in the message.
  TensorSink INLINE = (_, _) -> false;

  /// Takes the data of a tensor and says so in `proto`, or leaves both to the caller and returns
  /// false.
  boolean takes(Tensor tensor, TensorProto.Builder proto);
}
