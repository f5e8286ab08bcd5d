// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;

/// The order of the nodes of one graph in which each follows the producers of what it and its
/// nested graphs read.
final class TopologicalOrder {
  private final Graph graph;

  TopologicalOrder(Graph graph) {
    this.graph = graph;
  }

  /// Whether the nodes are in such an order already.
  boolean holds() {
    Set<Node> seen = identitySet();
    for (Node node : graph.nodes()) {
      if (!follows(node, seen)) {
        return false;
      }
      seen.add(node);
    }
    return true;
  }

  /// The nodes in such an order; those that could stand anywhere keep theirs.
  ///
  /// @throws ModelFormatException if the graph has a cycle, naming a node on it
  List<Node> sorted() {
    List<Node> nodes = graph.nodes();
    IdentityHashMap<Node, Integer> position = new IdentityHashMap<>();
    IdentityHashMap<Node, Integer> waitingFor = new IdentityHashMap<>();
    IdentityHashMap<Node, List<Node>> readers = new IdentityHashMap<>();
    for (Node node : nodes) {
      position.put(node, position.size());
      Set<Node> producers = identitySet();
      collectProducers(node, producers);
      waitingFor.put(node, producers.size());
      for (Node producer : producers) {
        readers.computeIfAbsent(producer, _ -> new ArrayList<>()).add(node);
      }
    }
    List<Node> sorted = new ArrayList<>(nodes.size());
    PriorityQueue<Node> ready = new PriorityQueue<>(Comparator.comparing(position::get));
    for (Node node : nodes) {
      if (waitingFor.getOrDefault(node, 0) == 0) {
        ready.add(node);
      }
    }
    while (!ready.isEmpty()) {
      Node next = ready.poll();
      sorted.add(next);
      for (Node reader : readers.getOrDefault(next, List.of())) {
        if (waitingFor.merge(reader, -1, Integer::sum) == 0) {
          ready.add(reader);
        }
      }
    }
    if (sorted.size() < nodes.size()) {
      Node stuck =
          nodes.stream().filter(n -> waitingFor.getOrDefault(n, 0) > 0).findFirst().orElseThrow();
      throw new ModelFormatException(
          "graph '%s' has a cycle through or before %s".formatted(graph.name(), stuck.describe()));
    }
    return sorted;
  }

  private boolean follows(Node node, Set<Node> seen) {
    if (node.nestedGraphs().isEmpty()) {
      for (Value input : node.inputs) {
        if (isOurs(input) && !seen.contains(input.producer)) {
          return false;
        }
      }
      return true;
    }
    Set<Node> producers = identitySet();
    collectProducers(node, producers);
    return seen.containsAll(producers);
  }

  /// Producers in this graph of everything that `node` and its nested graphs read.
  private void collectProducers(Node node, Set<Node> producers) {
    for (Value input : node.inputs) {
      if (isOurs(input)) {
        producers.add(input.producer);
      }
    }
    for (Graph nested : node.nestedGraphs()) {
      for (Value output : nested.outputs()) {
        if (isOurs(output)) {
          producers.add(output.producer);
        }
      }
      for (Node inner : nested.nodes()) {
        collectProducers(inner, producers);
      }
    }
  }

  private boolean isOurs(Value value) {
    return value.producer != null && value.producer.graph == graph;
  }

  private static Set<Node> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }
}
