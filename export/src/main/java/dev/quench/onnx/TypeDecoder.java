// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.graph.ModelFormatException;
import dev.quench.graph.ValueType;
import dev.quench.graph.ValueType.MapType;
import dev.quench.graph.ValueType.OptionalType;
import dev.quench.graph.ValueType.SequenceType;
import dev.quench.graph.ValueType.SparseTensorType;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.onnx.proto.OnnxProto.TensorShapeProto;
import dev.quench.onnx.proto.OnnxProto.TypeProto;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `TypeProto` to [ValueType].
final class TypeDecoder {
  private TypeDecoder() {}

  /// @return null for an empty type: no alternative set, or an undefined element type
  /// @throws ModelFormatException for opaque types and unknown element types
  static @Nullable ValueType decode(TypeProto proto) {
    return switch (proto.getValueCase()) {
      case TENSOR_TYPE -> {
        TypeProto.Tensor tensor = proto.getTensorType();
        if (tensor.getElemType() == 0) {
          yield null;
        }
        Shape shape = tensor.hasShape() ? shape(tensor.getShape()) : null;
        yield new TensorType(dataType(tensor.getElemType()), shape);
      }
      case SPARSE_TENSOR_TYPE -> {
        TypeProto.SparseTensor tensor = proto.getSparseTensorType();
        Shape shape = tensor.hasShape() ? shape(tensor.getShape()) : null;
        yield new SparseTensorType(dataType(tensor.getElemType()), shape);
      }
      case SEQUENCE_TYPE -> new SequenceType(decode(proto.getSequenceType().getElemType()));
      case OPTIONAL_TYPE -> new OptionalType(decode(proto.getOptionalType().getElemType()));
      case MAP_TYPE ->
          new MapType(
              dataType(proto.getMapType().getKeyType()), decode(proto.getMapType().getValueType()));
      case OPAQUE_TYPE ->
          throw new ModelFormatException(
              "opaque type '%s.%s' is not supported; expected tensor, sequence, optional, map or sparse tensor"
                  .formatted(proto.getOpaqueType().getDomain(), proto.getOpaqueType().getName()));
      case VALUE_NOT_SET -> null;
    };
  }

  static DataType dataType(int code) {
    return DataType.fromOnnxCode(code)
        .orElseThrow(() ->
            new ModelFormatException(
                "element type code %d is unknown; expected 1 to 24, as of ONNX IR version 11"
                    .formatted(code)));
  }

  /// Negative sizes stand for unknown ones, as some exporters write them.
  private static Shape shape(TensorShapeProto proto) {
    List<Dim> dims = new ArrayList<>(proto.getDimCount());
    for (TensorShapeProto.Dimension dim : proto.getDimList()) {
      dims.add(
          switch (dim.getValueCase()) {
            case DIM_VALUE -> dim.getDimValue() < 0 ? Dim.UNKNOWN : Dim.of(dim.getDimValue());
            case DIM_PARAM -> symbol(dim.getDimParam());
            case VALUE_NOT_SET -> Dim.UNKNOWN;
          });
    }
    return new Shape(dims);
  }

  /// Some exporters write a question mark for every unknown size, which two dimensions share.
  private static Dim symbol(String name) {
    return name.isEmpty() || name.equals("?") ? Dim.UNKNOWN : Dim.of(name);
  }
}
