// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import dev.quench.graph.Node;
import dev.quench.run.BackendException;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Constants on which kernels of ONNX Runtime 1.29 end the process. Of tensors that are computed,
/// the values are unknown before the run and not checked.
final class FatalConstants {
  private FatalConstants() {}

  /// @throws BackendException if the node reads such a constant
  static void check(Node node) {
    if (!node.domain().isEmpty()) {
      return;
    }
    switch (node.opType()) {
      case "Div", "Mod" -> checkDivision(node);
      case "SplitToSequence" -> {
        // A list of sizes may hold 0; ONNX Runtime divides by a single size.
        if (constant(node, 1)
            .filter(size -> size.shape().rank() == 0 && size.longAt(0) < 1)
            .isPresent()) {
          throw refusal(node, "splits into parts of no element");
        }
      }
      default -> {
        // no constant ends the process
      }
    }
  }

  /// The quotient of the smallest integer and -1 is out of range: the processor raises an
  /// exception.
  private static void checkDivision(Node node) {
    DataType type = node.input(0).constant().map(Tensor::dataType).orElse(DataType.FLOAT);
    if (type != DataType.INT32 && type != DataType.INT64) {
      return;
    }
    long smallest = type == DataType.INT32 ? Integer.MIN_VALUE : Long.MIN_VALUE;
    Tensor dividend = node.input(0).constant().orElseThrow();
    Optional<Tensor> divisor = constant(node, 1);
    if (divisor.isPresent() && meet(dividend, smallest, divisor.get(), -1)) {
      throw refusal(node, "divides %d by -1, which %s cannot hold".formatted(smallest, type));
    }
  }

  /// Whether broadcasting pairs an element `a` of one tensor with an element `b` of another.
  private static boolean meet(Tensor first, long a, Tensor second, long b) {
    int rank = Math.max(first.shape().rank(), second.shape().rank());
    Set<List<Long>> places = new HashSet<>();
    for (long i = 0; i < first.elements(); i++) {
      if (first.longAt(i) == a) {
        places.add(sharedPlace(first.shape(), i, second.shape(), rank));
      }
    }
    for (long i = 0; i < second.elements(); i++) {
      if (second.longAt(i) == b
          && places.contains(sharedPlace(second.shape(), i, first.shape(), rank))) {
        return true;
      }
    }
    return false;
  }

  /// The place of an element along the axes that both tensors have, aligned at the last; 0 along
  /// those that broadcasting stretches.
  private static List<Long> sharedPlace(Shape shape, long element, Shape other, int rank) {
    Long[] place = new Long[rank];
    Arrays.fill(place, 0L);
    long left = element;
    for (int back = 1; back <= shape.rank(); back++) {
      long size = shape.size(shape.rank() - back);
      boolean stretched = back > other.rank() || other.size(other.rank() - back) == 1;
      place[rank - back] = stretched ? 0 : left % size;
      left /= size;
    }
    return List.of(place);
  }

  private static Optional<Tensor> constant(Node node, int input) {
    return node.inputs().size() <= input ? Optional.empty() : node.input(input).constant();
  }

  private static BackendException refusal(Node node, String what) {
    return new BackendException(
        "%s cannot run the model: %s %s".formatted(OnnxRuntimeBackend.NAME, node.describe(), what));
  }
}
