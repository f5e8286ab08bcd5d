// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import dev.quench.run.BackendException;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Results of a run as tensors that the caller owns.
final class Outputs {
  private Outputs() {}

  static Tensor copy(String name, OnnxValue value) throws OrtException {
    String label = "output '" + name + "'";
    if (!(value instanceof OnnxTensor tensor)) {
      throw new BackendException(
          "%s: %s is a %s, expected a tensor"
              .formatted(OnnxRuntimeBackend.NAME, label, value.getType()));
    }
    DataType type = ElementTypes.of(tensor.getInfo(), label);
    Shape shape = Shape.of(tensor.getInfo().getShape());
    if (type == DataType.STRING) {
      List<ByteString> strings = new ArrayList<>();
      collect(tensor.getValue(), strings);
      return Tensor.ofStrings(shape, strings);
    }
    if (shape.elements() == 0) {
      return Tensor.of(type, shape, MemorySegment.ofArray(new byte[0]));
    }
    return Tensor.of(type, shape, MemorySegment.ofBuffer(tensor.getByteBuffer()));
  }

  private static void collect(Object value, List<ByteString> into) {
    switch (value) {
      case Object[] array -> {
        for (Object each : array) {
          collect(each, into);
        }
      }
      case String text -> into.add(ByteString.of(text));
      default -> throw new IllegalStateException("string tensor holds " + value.getClass());
    }
  }
}
