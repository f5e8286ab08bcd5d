// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Which values of a graph are computed from which, sizes included, while it is being rewritten.
///
/// A question walks from the later value towards the earlier one and looks at no node before that,
/// so a skip connection, whose source comes first, is answered at once. All questions together walk
/// at most [#STEPS_A_NODE] steps for each node of the graph; beyond that everything counts as
/// dependent, and a size has to be explained otherwise or is refused.
final class Dependence {
  static final int STEPS_A_NODE = 64;

  private final Graph graph;
  private final Map<Node, Integer> positions = new HashMap<>();
  private final long limit;
  private long steps;

  /// @param graph in topological order
  Dependence(Graph graph) {
    this.graph = graph;
    this.limit = (long) STEPS_A_NODE * graph.nodes().size();
    reorder();
  }

  /// To be called when the graph has been sorted again. In between, nodes may be added whose edges
  /// lead from earlier nodes to later ones.
  void reorder() {
    positions.clear();
    graph.nodes().forEach(node -> positions.put(node, positions.size()));
  }

  /// Whether `value` is `origin` or computed from it.
  boolean isComputedFrom(Value value, Value origin) {
    int first = origin.producer().map(node -> positions.getOrDefault(node, -1)).orElse(-1);
    Set<Value> seen = new HashSet<>();
    ArrayDeque<Value> open = new ArrayDeque<>();
    open.add(value);
    while (!open.isEmpty()) {
      Value current = open.poll();
      if (current == origin) {
        return true;
      }
      if (position(current) <= first || !seen.add(current)) {
        continue;
      }
      if (++steps > limit) {
        return true;
      }
      Node producer = current.producer().orElseThrow();
      producer.inputs().stream().filter(Value::isPresent).forEach(open::add);
      for (Graph nested : producer.nestedGraphs()) {
        for (Node inner : nested.allNodes()) {
          steps++;
          inner.inputs().stream().filter(this::isOfGraph).forEach(open::add);
        }
        nested.outputs().stream().filter(this::isOfGraph).forEach(open::add);
      }
    }
    return false;
  }

  /// How many nodes all questions have looked at.
  long steps() {
    return steps;
  }

  private boolean isOfGraph(Value value) {
    return value.producer().filter(node -> node.graph() == graph).isPresent();
  }

  /// -1 for what no node computes; above all others for nodes that were added since.
  private int position(Value value) {
    return value.producer().map(node -> positions.getOrDefault(node, Integer.MAX_VALUE)).orElse(-1);
  }
}
