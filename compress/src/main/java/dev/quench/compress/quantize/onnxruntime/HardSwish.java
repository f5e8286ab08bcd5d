// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `x · min(max(x + 3, 0), 6) / 6`, as `HardSwish` or written out as `Add`, `Clip`, `Mul` and a
/// division by 6. Source: Howard et al., Searching for MobileNetV3, ICCV 2019, section 5.2.
///
/// @param input x
/// @param nodes in graph order; the last one computes the result
record HardSwish(Value input, List<Node> nodes) {
  /// What lies below gives 0, so that levels for it would be wasted.
  static final double ZERO_BELOW = -3;

  private static final double TOLERANCE = 1e-6;

  Node last() {
    return nodes.getLast();
  }

  /// All of a graph, by each node that belongs to one.
  static Map<Node, HardSwish> all(Graph graph) {
    Map<Node, HardSwish> found = new HashMap<>();
    for (Node node : graph.nodes()) {
      at(node).ifPresent(match -> match.nodes.forEach(part -> found.put(part, match)));
    }
    return Collections.unmodifiableMap(found);
  }

  /// @param last the node that may compute the result
  private static Optional<HardSwish> at(Node last) {
    if (last.is("HardSwish")) {
      return Optional.of(new HardSwish(last.input(0), List.of(last)));
    }
    if (last.is("Div") && isConstant(last.input(1), 6)) {
      return product(last.input(0), last);
    }
    if (last.is("Mul")) {
      for (int i = 0; i < 2; i++) {
        if (isConstant(last.input(1 - i), 1.0 / 6)) {
          return product(last.input(i), last);
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<HardSwish> product(Value product, Node last) {
    Node mul = soleProducer(product, "Mul");
    if (mul == null) {
      return Optional.empty();
    }
    for (int i = 0; i < 2; i++) {
      Value x = mul.input(i);
      Node clip = soleProducer(mul.input(1 - i), "Clip");
      Node add = clip == null ? null : soleProducer(clip.input(0), "Add");
      if (clip != null
          && add != null
          && isConstant(clip.input(1), 0)
          && isConstant(clip.input(2), 6)
          && ((add.input(0) == x && isConstant(add.input(1), 3))
              || (add.input(1) == x && isConstant(add.input(0), 3)))) {
        return Optional.of(new HardSwish(x, List.of(add, clip, mul, last)));
      }
    }
    return Optional.empty();
  }

  private static @Nullable Node soleProducer(Value value, String type) {
    return value.hasSingleUse()
        ? value.producer().filter(node -> node.is(type)).orElse(null)
        : null;
  }

  private static boolean isConstant(Value value, double expected) {
    return value.isPresent()
        && value
            .constant()
            .filter(tensor -> tensor.elements() == 1 && tensor.shape().rank() <= 1)
            .filter(tensor -> Math.abs(tensor.doubleAt(0) - expected) <= TOLERANCE)
            .isPresent();
  }
}
