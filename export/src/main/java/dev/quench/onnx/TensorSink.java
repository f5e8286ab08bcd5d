// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.tensor.Tensor;

/// Decides where the bytes of an initializer go: into the protobuf message or beside it.
@FunctionalInterface
interface TensorSink {
  /// Puts everything in the message.
  TensorSink INLINE = (_, _) -> false;

  /// @return false when the data was left to the caller to put into `proto`
  boolean takes(Tensor tensor, TensorProto.Builder proto);
}
