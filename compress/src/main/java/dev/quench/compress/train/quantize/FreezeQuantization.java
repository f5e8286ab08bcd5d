// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.tensor.Tensor;
import java.util.List;

/// Freezes what quantizes a network in its training form, so that further training (QAFT) moves
/// weights, scales and shifts alone: ranges of activations and of weights, trained steps and
/// bounds, and the statistics of all normalizations. Immutable.
public final class FreezeQuantization implements Transformation<Integer> {
  @Override
  public String name() {
    return "freeze-quantization";
  }

  /// @param model in the form of [QuantizedTraining], trained or calibrated
  /// @return number of frozen nodes
  /// @throws IllegalArgumentException if it has no quantizer, or one that has seen no batch
  @Override
  public Integer apply(Model model) {
    Graph graph = model.graph();
    List<Node> nodes = graph.nodes().stream().filter(QuantizationNodes::is).toList();
    if (nodes.isEmpty()) {
      throw new IllegalArgumentException(
          "the model has no quantizers to freeze; expected its training form");
    }
    for (Node node : nodes) {
      freeze(graph, node);
    }
    return nodes.size();
  }

  private static void freeze(Graph graph, Node node) {
    node.setAttribute(QuantizationNodes.FROZEN, AttributeValue.of(1));
    switch (node.opType()) {
      case QuantizationNodes.FOLD -> {
        Value sums = node.input(0);
        node.setInput(0, Value.ABSENT);
        if (sums.isPresent() && sums.isUnused()) {
          sums.producer().ifPresent(graph::remove);
        }
      }
      case QuantizationNodes.FAKE_QUANTIZE -> {
        if (node.input(1).isAbsent()) {
          float[][] extremes = RoundedWeights.extremes(weights(node), QuantizationNodes.axis(node));
          node.setInput(
              1,
              graph.addConstant(
                  node.output(0).name() + "_range", ObserverState.of(extremes[0], extremes[1])));
        } else {
          requireKnown(node, node.input(1));
        }
      }
      case QuantizationNodes.LEARNED_STEP, QuantizationNodes.CLIPPED -> {
        if (node.input(2).isPresent()) {
          requireKnown(node, node.input(2));
        }
      }
      default -> {
        // nothing but the levels
      }
    }
  }

  private static Tensor weights(Node node) {
    return node.input(0)
        .constant()
        .or(() ->
            node.input(0)
                .producer()
                .filter(fold -> QuantizationNodes.is(fold, QuantizationNodes.FOLD))
                .map(fold -> FoldedLayer.of(fold).weights()))
        .orElseThrow(() ->
            new IllegalArgumentException(
                node.describe() + ": its weights are computed, expected an initializer"));
  }

  private static void requireKnown(Node node, Value state) {
    if (!ObserverState.isKnown(state.constant().orElseThrow().toFloats())) {
      throw new IllegalArgumentException(
          "the range of '%s' is unknown: no batch has passed; train or calibrate the model before freezing it"
              .formatted(node.input(0).name()));
    }
  }
}
