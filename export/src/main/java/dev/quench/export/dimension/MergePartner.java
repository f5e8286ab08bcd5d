// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;

/// Finds the tensor whose size another must match because the two meet in one operator, as a skip
/// connection of a U-Net meets the upsampled tensor.
final class MergePartner {
  private static final Set<String> KEEP_SIZE =
      Set.of(
          "Relu",
          "LeakyRelu",
          "PRelu",
          "Clip",
          "Sigmoid",
          "HardSigmoid",
          "HardSwish",
          "Tanh",
          "Identity",
          "Cast",
          "Dropout",
          "BatchNormalization",
          "QuantizeLinear",
          "DequantizeLinear",
          "Softmax",
          "Conv");
  private static final Set<String> SAME_SIZE =
      Set.of("Add", "Sub", "Mul", "Div", "Max", "Min", "Sum");

  private final DimensionProbes probes;
  private final Dependence dependence;

  MergePartner(DimensionProbes probes, Dependence dependence) {
    this.probes = probes;
    this.dependence = dependence;
  }

  /// A tensor, not computed from `value`, that must have its size along `axis`.
  Optional<Value> of(Value value, int axis) {
    ArrayDeque<Value> queue = new ArrayDeque<>();
    Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    queue.add(value);
    while (!queue.isEmpty()) {
      Value current = queue.poll();
      if (!seen.add(current)) {
        continue;
      }
      for (Use use : current.uses()) {
        Node node = use.node();
        if (node.graph() != value.graph() || !node.domain().isEmpty()) {
          continue;
        }
        boolean joins =
            SAME_SIZE.contains(node.opType())
                || (node.is("Concat") && concatAxis(node, current) != axis);
        if (joins) {
          Optional<Value> partner = partner(node, current, axis, value);
          if (partner.isPresent()) {
            return partner;
          }
        }
        boolean keeps = KEEP_SIZE.contains(node.opType()) && use.inputIndex() == 0;
        if ((keeps || joins) && sameSize(current, node.output(0), axis)) {
          queue.add(node.output(0));
        }
      }
    }
    return Optional.empty();
  }

  private int concatAxis(Node node, Value input) {
    long axis = node.intAttribute("axis", 1);
    int rank = probes.former(input).map(Shape::rank).orElse(0);
    return (int) (axis < 0 ? axis + rank : axis);
  }

  private Optional<Value> partner(Node node, Value current, int axis, Value origin) {
    for (Value other : node.inputs()) {
      if (other.isPresent()
          && other != current
          && other.constant().isEmpty()
          && sameSize(current, other, axis)
          && !dependence.isComputedFrom(other, origin)) {
        return Optional.of(other);
      }
    }
    return Optional.empty();
  }

  /// Whether both had the same rank and size, as the operator that joins them requires.
  private boolean sameSize(Value first, Value second, int axis) {
    Optional<Shape> a = probes.former(first);
    Optional<Shape> b = probes.former(second);
    return a.isPresent()
        && b.isPresent()
        && a.get().rank() == b.get().rank()
        && axis < a.get().rank()
        && a.get().dim(axis).equals(b.get().dim(axis));
  }
}
