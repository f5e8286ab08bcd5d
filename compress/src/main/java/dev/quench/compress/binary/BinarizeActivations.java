// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.graph.rewrite.Transformation;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/// Replaces the activations of a network's inner layers with signs.
///
/// `Relu(x)` → `Where(GreaterOrEqual(x, 0), +1, −1)` if all its readers are convolutions and `Gemm`
/// nodes other than the first and the last, directly or after max pooling or nodes that only move
/// elements (flattening, channel shuffle). The network must be trained again afterwards. Immutable.
public final class BinarizeActivations implements Transformation<Integer> {
  private static final Set<String> KEEP_SIGNS =
      Set.of("MaxPool", "Flatten", "Reshape", "Transpose");

  @Override
  public String name() {
    return "binarize-activations";
  }

  /// @return number of activations that became binary
  @Override
  public Integer apply(Model model) {
    Graph graph = model.graph();
    List<Node> layers =
        graph.nodes().stream().filter(node -> node.is("Conv") || node.is("Gemm")).toList();
    Set<Node> inner = Collections.newSetFromMap(new IdentityHashMap<>());
    if (layers.size() > 2) {
      inner.addAll(layers.subList(1, layers.size() - 1));
    }
    int binarized = 0;
    for (Node node : List.copyOf(graph.nodes())) {
      if (node.is("Relu") && isReadBy(inner, node.output(0))) {
        Value sign =
            SignPattern.insertBefore(
                graph, node, graph.uniqueName(node.output(0).name() + ".sign"), node.input(0));
        graph.replaceUses(node.output(0), sign);
        graph.remove(node);
        binarized++;
      }
    }
    return binarized;
  }

  private static boolean isReadBy(Set<Node> inner, Value value) {
    return !value.isGraphOutput()
        && value.useCount() > 0
        && value.uses().stream()
            .allMatch(use ->
                inner.contains(use.node())
                    || (use.node().domain().isEmpty()
                        && KEEP_SIGNS.contains(use.node().opType())
                        && isReadBy(inner, use.node().output(0))));
  }
}
