// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import org.jspecify.annotations.Nullable;

/// The type of a value, as ONNX `TypeProto`.
public sealed interface ValueType {
  /// @param shape null when not even the rank is known
  record TensorType(DataType elementType, @Nullable Shape shape) implements ValueType {
    @Override
    public String toString() {
      return elementType + (shape == null ? "" : " " + shape);
    }
  }

  /// @param shape null when not even the rank is known
  record SparseTensorType(DataType elementType, @Nullable Shape shape) implements ValueType {}

  /// @param element null when undefined
  record SequenceType(@Nullable ValueType element) implements ValueType {}

  /// @param element null when undefined
  record OptionalType(@Nullable ValueType element) implements ValueType {}

  /// @param value null when undefined
  record MapType(DataType key, @Nullable ValueType value) implements ValueType {}

  static TensorType tensor(DataType elementType, Shape shape) {
    return new TensorType(elementType, shape);
  }

  static TensorType unranked(DataType elementType) {
    return new TensorType(elementType, null);
  }
}
