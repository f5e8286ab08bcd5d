// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;

/// Weights with the axis that counts their filters, also where they are dequantized or transposed
/// on the way to the layer. Reads elements where they are: copies of large layers take too much
/// memory.
///
/// @param at the weight at a row-major index
/// @param axis of `shape`
record FilterTensor(IntToDoubleFunction at, Shape shape, int axis) {
  /// What is done with each weight of a filter.
  interface Visitor {
    void visit(int filter, double weight);
  }

  /// @return empty if the weights are computed in another way
  static Optional<FilterTensor> of(Value weights, int axis) {
    Optional<Tensor> constant = weights.constant();
    if (constant.isPresent()) {
      Tensor tensor = constant.get();
      return Optional.of(new FilterTensor(tensor::doubleAt, tensor.shape(), axis));
    }
    Node producer = weights.producer().orElse(null);
    if (producer == null || !producer.domain().isEmpty()) {
      return Optional.empty();
    }
    return switch (producer.opType()) {
      case "Identity", "Cast" -> of(producer.input(0), axis);
      case "DequantizeLinear" -> dequantized(producer, axis);
      case "Transpose" -> {
        int rank = weights.shape().map(Shape::rank).orElse(0);
        long[] permutation = producer.intsAttribute("perm").orElse(null);
        int from = permutation == null ? rank - 1 - axis : Math.toIntExact(permutation[axis]);
        yield of(producer.input(0), from);
      }
      default -> Optional.empty();
    };
  }

  private static Optional<FilterTensor> dequantized(Node node, int axis) {
    Tensor whole = node.input(0).constant().orElse(null);
    Tensor scales = node.input(1).constant().orElse(null);
    Tensor zeros = node.input(2).isAbsent() ? null : node.input(2).constant().orElse(null);
    if (whole == null || scales == null || (zeros == null && node.input(2).isPresent())) {
      return Optional.empty();
    }
    Shape shape = whole.shape();
    int along = Math.toIntExact(node.intAttribute("axis", 1));
    along = along < 0 ? along + shape.rank() : along;
    long inner = 1;
    for (int i = along + 1; i < shape.rank(); i++) {
      inner *= shape.size(i);
    }
    int block = Math.toIntExact(inner);
    int number = Math.toIntExact(scales.elements());
    return Optional.of(
        new FilterTensor(
            i -> {
              int channel = i / block % number;
              double zero = zeros == null ? 0 : zeros.doubleAt(channel);
              return (whole.doubleAt(i) - zero) * scales.doubleAt(channel);
            },
            shape,
            axis));
  }

  int filters() {
    return Math.toIntExact(shape.size(axis));
  }

  /// Visits all weights in their order.
  void visit(Visitor visitor) {
    int inner = 1;
    for (int i = axis + 1; i < shape.rank(); i++) {
      inner *= Math.toIntExact(shape.size(i));
    }
    int elements = Math.toIntExact(shape.elements());
    int filters = filters();
    for (int i = 0; i < elements; i++) {
      visitor.visit(i / inner % filters, at.applyAsDouble(i));
    }
  }

  /// Each filter as a row.
  double[][] rows() {
    int filters = filters();
    int length = Math.toIntExact(shape.elements() / Math.max(1, filters));
    double[][] rows = new double[filters][length];
    int[] next = new int[filters];
    visit((filter, weight) -> rows[filter][next[filter]++] = weight);
    return rows;
  }
}
