// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/// Which input of a residual `Add` is the skip.
///
/// The branch that comes straight from a layer stays as it is, so that the sum joins the layer's
/// epilogue; the other input, the skip, is quantized, for the epilogue to read INT8 too. When both
/// come from layers (a block that also projects its input), the longer way from where they part is
/// the branch.
final class ResidualRule {
  private final Set<Node> layers;
  private final IdentityHashMap<Node, Integer> position = new IdentityHashMap<>();

  /// @param layers the quantized ones
  ResidualRule(Graph graph, Set<Node> layers) {
    this.layers = layers;
    for (Node node : graph.nodes()) {
      position.put(node, position.size());
    }
  }

  /// Whether the node adds two computed tensors, of one shape as far as is known.
  static boolean judges(Node node) {
    if (!node.is("Add")) {
      return false;
    }
    Value left = node.input(0);
    Value right = node.input(1);
    return left.isPresent()
        && right.isPresent()
        && left != right
        && left.constant().isEmpty()
        && right.constant().isEmpty()
        && !left.isInitializer()
        && !right.isInitializer()
        && !haveDifferentShapes(left, right);
  }

  /// The index of the input of a sum to quantize; empty unless a quantized layer writes the other
  /// one for this sum alone.
  Optional<Integer> skipInput(Node sum) {
    Value left = sum.input(0);
    Value right = sum.input(1);
    boolean leftFuses = endsALayer(left);
    boolean rightFuses = endsALayer(right);
    if (leftFuses && rightFuses) {
      return Optional.of(isLongerWay(left, right) ? 1 : 0);
    }
    return leftFuses ? Optional.of(1) : rightFuses ? Optional.of(0) : Optional.empty();
  }

  private static boolean haveDifferentShapes(Value left, Value right) {
    return left.shape().isPresent()
        && right.shape().isPresent()
        && !left.shape().equals(right.shape());
  }

  /// Whether the value is what a quantized layer writes, perhaps normalized, for this reader alone.
  private boolean endsALayer(Value value) {
    Node producer = value.producer().orElse(null);
    if (producer == null || !value.hasSingleUse()) {
      return false;
    }
    if (layers.contains(producer)) {
      return true;
    }
    Value normalized = producer.is("BatchNormalization") ? producer.input(0) : Value.ABSENT;
    return normalized.isPresent()
        && normalized.hasSingleUse()
        && normalized.producer().filter(layers::contains).isPresent();
  }

  /// Whether `left` is farther than `right` from the last value that both depend on; without such a
  /// value, whether it has more nodes before it. The left one wins a tie.
  private boolean isLongerWay(Value left, Value right) {
    IdentityHashMap<Node, Integer> fromLeft = distances(left);
    IdentityHashMap<Node, Integer> fromRight = distances(right);
    Node parting = null;
    for (Node node : fromLeft.keySet()) {
      if (fromRight.containsKey(node) && (parting == null || order(node) > order(parting))) {
        parting = node;
      }
    }
    if (parting == null) {
      return fromLeft.size() >= fromRight.size();
    }
    return fromLeft.getOrDefault(parting, 0) >= fromRight.getOrDefault(parting, 0);
  }

  /// Longest distance back from `value` to each node that it depends on.
  private IdentityHashMap<Node, Integer> distances(Value value) {
    IdentityHashMap<Node, Integer> distances = new IdentityHashMap<>();
    // In the reverse of execution order every reader of a node comes before the node itself.
    PriorityQueue<Node> waiting =
        new PriorityQueue<>((a, b) -> Integer.compare(order(b), order(a)));
    value
        .producer()
        .ifPresent(producer -> {
          distances.put(producer, 0);
          waiting.add(producer);
        });
    while (!waiting.isEmpty()) {
      Node node = waiting.remove();
      int next = distances.getOrDefault(node, 0) + 1;
      for (Value input : node.inputs()) {
        Node producer = input.producer().orElse(null);
        if (producer == null || !position.containsKey(producer)) {
          continue;
        }
        Integer known = distances.get(producer);
        if (known == null) {
          waiting.add(producer);
        }
        if (known == null || known < next) {
          distances.put(producer, next);
        }
      }
    }
    return distances;
  }

  private int order(Node node) {
    return position.getOrDefault(node, -1);
  }
}
