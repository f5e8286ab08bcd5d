// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Which average poolings are to read a quantized tensor: those between two quantized layers, with
/// nothing else on the way than what fuses with a layer or lets INT8 pass.
///
/// The pooling at the end of a classifier stays float: its result leaves in float anyway, and the
/// scores it averages are what INT8 harms most.
final class PoolingRule {
  private static final Set<String> FUSES_WITH_A_LAYER =
      Set.of("BatchNormalization", "Clip", "HardSwish", "LeakyRelu", "PRelu", "Relu");

  private final Set<Node> layers;
  private final Set<Node> residuals;

  /// @param layers the quantized ones
  /// @param residuals sums that read a quantized skip
  PoolingRule(Set<Node> layers, Set<Node> residuals) {
    this.layers = layers;
    this.residuals = residuals;
  }

  /// Whether the node is a pooling that this rule decides on.
  static boolean judges(Node node) {
    return (node.is("AveragePool") || node.is("GlobalAveragePool"))
        && node.input(0).isPresent()
        && node.input(0).constant().isEmpty();
  }

  /// Why a pooling stays float; empty if it reads INT8.
  Optional<String> reasonForFloat(Node pooling) {
    if (!comesFromALayer(pooling.input(0))) {
      return Optional.of("what it averages does not come from a quantized layer");
    }
    if (!reachesALayer(pooling.output(0))) {
      return Optional.of("no quantized layer reads what it averages");
    }
    return Optional.empty();
  }

  private boolean comesFromALayer(Value start) {
    Value value = start;
    while (value.isPresent() && value.producer().isPresent()) {
      Node producer = value.producer().get();
      if (layers.contains(producer) || residuals.contains(producer)) {
        return true;
      }
      if (!producer.domain().isEmpty()
          || !(FUSES_WITH_A_LAYER.contains(producer.opType()) || Commuting.is(producer))) {
        return false;
      }
      value = producer.input(0);
    }
    return false;
  }

  private boolean reachesALayer(Value start) {
    Deque<Value> waiting = new ArrayDeque<>(List.of(start));
    while (!waiting.isEmpty()) {
      for (Use use : waiting.remove().uses()) {
        if (use.inputIndex() != 0) {
          continue;
        }
        if (layers.contains(use.node())) {
          return true;
        }
        if (Commuting.is(use.node())) {
          use.node().outputs().stream().filter(Value::isPresent).forEach(waiting::add);
        }
      }
    }
    return false;
  }
}
