// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.sparse;

import dev.quench.compress.TensorArrays;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.NodeSelection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// The layers of a graph that a pattern fits, and why it does not fit the others.
///
/// @param chosen by layer name
/// @param leftOut reasons by layer name
record SparseLayers(Map<String, GroupedWeights> chosen, Map<String, String> leftOut) {
  private static final int WEIGHTS = 1;

  /// @param firstToo whether the layers that read the graph's inputs count
  static SparseLayers of(
      Graph graph, SparsityPattern pattern, NodeSelection excluded, boolean firstToo) {
    Map<String, GroupedWeights> chosen = new LinkedHashMap<>();
    Map<String, String> leftOut = new LinkedHashMap<>();
    Set<Value> taken = new HashSet<>();
    Set<Node> first = firstLayers(graph);
    for (Node node : graph.nodes()) {
      OptionalInt axis = axis(node);
      if (axis.isEmpty() || !isConstant(node.input(WEIGHTS))) {
        continue;
      }
      String name = node.name().isEmpty() ? node.output(0).name() : node.name();
      Value weights = node.input(WEIGHTS);
      String reason =
          excluded.contains(node)
              ? "excluded"
              : first.contains(node) && !firstToo
                  ? "it reads the input of the graph"
                  : reason(node, weights, axis.getAsInt(), pattern);
      if (!reason.isEmpty()) {
        leftOut.put(name, reason);
      } else if (taken.add(weights)) {
        chosen.put(name, new GroupedWeights(name, weights, axis.getAsInt(), pattern));
      }
    }
    // Weights that a layer shares with one that is left out stay whole.
    chosen.values().removeIf(layer -> isSharedWith(layer.weights(), leftOut.keySet()));
    return new SparseLayers(chosen, leftOut);
  }

  private static boolean isConstant(Value weights) {
    return weights.initializer().isPresent() || weights.producer().isPresent();
  }

  private static boolean isSharedWith(Value weights, Set<String> names) {
    return weights.uses().stream()
        .map(Use::node)
        .anyMatch(
            node -> names.contains(node.name().isEmpty() ? node.output(0).name() : node.name()));
  }

  /// The axis of the weights that the layer sums over.
  static OptionalInt axis(Node node) {
    int rank = node.input(WEIGHTS).shape().map(shape -> shape.rank()).orElse(0);
    if (rank < 2) {
      return OptionalInt.empty();
    }
    if (node.is("Conv")) {
      return OptionalInt.of(1);
    }
    if (node.is("Gemm")) {
      return OptionalInt.of(node.intAttribute("transB", 0) == 0 ? 0 : 1);
    }
    return node.is("MatMul") ? OptionalInt.of(rank - 2) : OptionalInt.empty();
  }

  private static String reason(Node node, Value weights, int axis, SparsityPattern pattern) {
    if (weights.initializer().isEmpty()) {
      return "its weights are computed by the graph";
    }
    if (weights.isGraphInput()) {
      return "its weights are an input of the graph, which callers may replace";
    }
    if (weights.dataType().filter(TensorArrays::supports).isEmpty()) {
      return "its weights are not floating-point";
    }
    long size = weights.initializer().get().shape().size(axis);
    if (size == 1 && node.is("Conv") && node.intAttribute("group", 1) > 1) {
      return "depthwise: each output sums over one channel";
    }
    if (size < pattern.of()) {
      return "%d input channels, fewer than %d".formatted(size, pattern.of());
    }
    if (size % pattern.of() != 0) {
      return "%d input channels are not a multiple of %d".formatted(size, pattern.of());
    }
    for (Use use : weights.uses()) {
      OptionalInt other = use.inputIndex() == WEIGHTS ? axis(use.node()) : OptionalInt.empty();
      if (!other.equals(OptionalInt.of(axis)) || use.node().graph() != node.graph()) {
        return "%s reads its weights in another way".formatted(use.node().describe());
      }
    }
    return "";
  }

  /// Layers that read an input of the graph with no layer before them; one that reads the sum of
  /// the input and what a layer made of it is none.
  private static Set<Node> firstLayers(Graph graph) {
    Set<Value> early = new HashSet<>(graph.requiredInputs());
    Set<Value> late = new HashSet<>();
    Set<Node> first = new HashSet<>();
    for (Node node : graph.nodes()) {
      boolean behindLayer = node.inputs().stream().anyMatch(late::contains);
      boolean readsInput = !behindLayer && node.inputs().stream().anyMatch(early::contains);
      boolean layer = axis(node).isPresent() && node.input(WEIGHTS).initializer().isPresent();
      if (readsInput && layer) {
        first.add(node);
      }
      if (behindLayer || layer) {
        node.outputs().stream().filter(Value::isPresent).forEach(late::add);
      } else if (readsInput) {
        node.outputs().stream().filter(Value::isPresent).forEach(early::add);
      }
    }
    return first;
  }
}
