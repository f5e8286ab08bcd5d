// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.graph.ValueType;
import dev.quench.graph.ValueType.MapType;
import dev.quench.graph.ValueType.OptionalType;
import dev.quench.graph.ValueType.SequenceType;
import dev.quench.graph.ValueType.SparseTensorType;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.onnx.proto.OnnxProto.TensorShapeProto;
import dev.quench.onnx.proto.OnnxProto.TypeProto;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;

/// [ValueType] to `TypeProto`.
final class TypeEncoder {
  private TypeEncoder() {}

  static TypeProto encode(ValueType type) {
    TypeProto.Builder proto = TypeProto.newBuilder();
    switch (type) {
      case TensorType(var elementType, var shape) -> {
        TypeProto.Tensor.Builder tensor = proto.getTensorTypeBuilder();
        tensor.setElemType(elementType.onnxCode());
        if (shape != null) {
          tensor.setShape(shape(shape));
        }
      }
      case SparseTensorType(var elementType, var shape) -> {
        TypeProto.SparseTensor.Builder tensor = proto.getSparseTensorTypeBuilder();
        tensor.setElemType(elementType.onnxCode());
        if (shape != null) {
          tensor.setShape(shape(shape));
        }
      }
      case SequenceType(var element) -> {
        TypeProto.Sequence.Builder sequence = proto.getSequenceTypeBuilder();
        if (element != null) {
          sequence.setElemType(encode(element));
        }
      }
      case OptionalType(var element) -> {
        TypeProto.Optional.Builder optional = proto.getOptionalTypeBuilder();
        if (element != null) {
          optional.setElemType(encode(element));
        }
      }
      case MapType(var key, var value) -> {
        TypeProto.Map.Builder map = proto.getMapTypeBuilder().setKeyType(key.onnxCode());
        if (value != null) {
          map.setValueType(encode(value));
        }
      }
    }
    return proto.build();
  }

  private static TensorShapeProto shape(Shape shape) {
    TensorShapeProto.Builder proto = TensorShapeProto.newBuilder();
    for (Dim dim : shape.dims()) {
      TensorShapeProto.Dimension.Builder dimension = proto.addDimBuilder();
      switch (dim) {
        case Dim.Fixed(long size) -> dimension.setDimValue(size);
        case Dim.Symbolic(String name) -> dimension.setDimParam(name);
        case Dim.Unknown _ -> dimension.clearValue();
      }
    }
    return proto.build();
  }
}
