// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeProbe;
import dev.quench.tensor.Shape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Walks a graph in order and rewrites nodes that do not follow the freed dimensions, so that all
/// nodes before the current one do. Visits each node once per probed size.
final class Rewriting {
  private static final Set<String> RECURRENT = Set.of("LSTM", "GRU", "RNN");

  private final Graph graph;
  private final DimensionProbes probes;
  private final Dependence dependence;
  private final List<ShapeProbe> walks;
  private final List<Map<String, Shape>> shapes;
  private final Set<Node> tried = identitySet();
  private final Set<Node> visited = identitySet();
  private final Set<Node> waiting = identitySet();
  private final List<DimensionReport.Rewrite> rewrites = new ArrayList<>();

  Rewriting(Model model, DimensionProbes probes) {
    this.graph = model.graph();
    this.probes = probes;
    this.dependence = new Dependence(graph);
    this.walks = probes.begin(model);
    this.shapes = walks.stream().map(ShapeProbe::shapes).toList();
  }

  /// @throws UnsupportedOperatorException naming the node whose constant cannot be explained
  /// @throws ModelFormatException naming a node that contradicts another size
  List<DimensionReport.Rewrite> run() {
    while (!walk()) {
      graph.sortTopologically();
      dependence.reorder();
    }
    return rewrites;
  }

  /// @return false if a rewritten node reads the output of a later one
  private boolean walk() {
    List<Node> nodes = graph.nodes().stream().filter(node -> !visited.contains(node)).toList();
    waiting.clear();
    waiting.addAll(nodes);
    for (Node node : nodes) {
      Optional<Value> result = node.outputs().stream().filter(Value::isPresent).findFirst();
      if (isCandidate(node) && tried.add(node)) {
        rewrite(node);
      }
      Node now = node.isRemoved() ? result.orElseThrow().producer().orElseThrow() : node;
      waiting.remove(node);
      if (!visit(now)) {
        return false;
      }
    }
    return true;
  }

  private void rewrite(Node node) {
    switch (node.opType()) {
      case "Reshape" -> FreeReshape.rewrite(node, probes, shapes).ifPresent(rewrites::add);
      case "Resize" ->
          FreeResize.rewrite(node, probes, dependence, shapes).ifPresent(rewrites::add);
      case "LSTM", "GRU", "RNN" -> requireFreeState(node, probes, shapes);
      default -> FreeWindow.rewrite(node, probes, dependence, shapes).ifPresent(rewrites::add);
    }
  }

  /// Visits what was added before `node`, then the node.
  ///
  /// @return false if one of them reads the output of a later node
  private boolean visit(Node node) {
    Deque<Node> open = new ArrayDeque<>();
    open.push(node);
    while (!open.isEmpty()) {
      Node next = open.getFirst();
      boolean ready = true;
      for (Value input : next.inputs()) {
        Node producer = input.producer().orElse(null);
        if (producer != null && producer.graph() == graph && !visited.contains(producer)) {
          if (waiting.contains(producer)) {
            return false;
          }
          open.push(producer);
          ready = false;
        }
      }
      if (ready) {
        open.pop();
        if (visited.add(next)) {
          walks.forEach(walk -> walk.visit(next));
        }
      }
    }
    return true;
  }

  private static boolean isCandidate(Node node) {
    return node.domain().isEmpty()
        && switch (node.opType()) {
          case "Reshape", "Expand", "Split" -> node.input(1).constant().isPresent();
          case "Slice" -> node.input(2).constant().isPresent();
          case "Resize" -> node.input(3).constant().isPresent();
          case "AveragePool", "MaxPool" -> true;
          default -> RECURRENT.contains(node.opType());
        };
  }

  private static void requireFreeState(
      Node node, DimensionProbes probes, List<Map<String, Shape>> shapes) {
    boolean constantState =
        node.input(5).constant().isPresent() || node.input(6).constant().isPresent();
    Optional<Shape> from = probes.former(node.input(0));
    int batch = node.intAttribute("layout", 0) == 0 ? 1 : 0;
    boolean varies =
        from.isPresent()
            && shapes.stream()
                .map(each -> each.get(node.input(0).name()))
                .anyMatch(s -> s != null && !s.dim(batch).equals(from.get().dim(batch)));
    if (constantState && varies) {
      throw new UnsupportedOperatorException(
          node,
          "its initial state is a constant for %s samples; export the model with a free batch size"
              .formatted(from.get().dim(batch)));
    }
  }

  private static Set<Node> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }
}
