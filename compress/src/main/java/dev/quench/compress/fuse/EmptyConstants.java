// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.AttributeValue.TensorValue;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// Derives the results of nodes with empty constants without running them.
final class EmptyConstants {
  private EmptyConstants() {}

  static boolean isReadBy(Node node) {
    return node.inputs().stream()
        .flatMap(input -> input.constant().stream())
        .anyMatch(tensor -> tensor.elements() == 0);
  }

  /// @param output its inferred type and shape
  /// @return empty if the shape alone does not determine the result
  static Optional<Tensor> result(Node node, Value output) {
    Shape shape = output.shape().filter(Shape::isStatic).orElse(null);
    DataType type = output.dataType().orElse(DataType.STRING);
    if (shape == null || type == DataType.STRING) {
      return Optional.empty();
    }
    if (shape.elements() == 0) {
      return Optional.of(Tensor.of(type, shape, MemorySegment.ofArray(new byte[0])));
    }
    if (shape.elements() > 1) {
      return Optional.empty();
    }
    // The target shape is empty, so one element becomes a scalar.
    return switch (node.opType()) {
      case "Reshape" -> node.input(0).constant().map(tensor -> tensor.reshape(shape));
      case "ConstantOfShape" ->
          node.attribute("value").orElse(null) instanceof TensorValue(Tensor fill)
              ? Optional.of(fill.reshape(shape))
              : Optional.of(Tensor.scalar(0F));
      default -> Optional.empty();
    };
  }
}
