// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// Groups nodes as fusing backends do.
///
/// A layer (a convolution, product or recurrent layer) takes in the DequantizeLinear of its
/// operands, and behind it every elementwise node of as many elements, as long as one tensor alone
/// leaves the region; so do elementwise nodes that follow no layer. A sum belongs to the last layer
/// before it. Every other node is a region by itself.
final class FusedRegions {
  /// Nodes to look ahead for the place where branches meet again, as in x · sigmoid(x) written out.
  private static final int MOST_AHEAD = 6;

  private final Map<Node, NodeCost> costs;
  private final Set<Node> uncounted;
  private final Map<Node, Integer> position = new HashMap<>();
  private final Set<Node> claimed = new HashSet<>();
  private final List<List<Node>> regions = new ArrayList<>();

  /// @param nodes in execution order
  /// @param uncounted nodes that stay alone
  FusedRegions(List<Node> nodes, Map<Node, NodeCost> costs, Set<Node> uncounted) {
    this.costs = costs;
    this.uncounted = uncounted;
    for (int i = 0; i < nodes.size(); i++) {
      position.put(nodes.get(i), i);
    }
    for (Node node : nodes.reversed()) {
      if (cost(node).macs() > 0 && node.nestedGraphs().isEmpty()) {
        List<Node> region = new ArrayList<>(prologue(node));
        region.add(node);
        close(region, node);
      }
    }
    for (Node node : nodes) {
      if (!claimed.contains(node)) {
        close(new ArrayList<>(List.of(node)), node);
      }
    }
    regions.sort(Comparator.comparingInt(region -> at(region.getLast())));
  }

  /// In an order in which they can run.
  List<RegionCost> costs() {
    return regions.stream().map(this::cost).toList();
  }

  /// FLOPs of the most expensive chain of regions that wait for each other.
  long criticalPathFlops() {
    Map<Node, Long> finished = new HashMap<>();
    long longest = 0;
    for (List<Node> region : regions) {
      long start = 0;
      for (Value input : outerInputs(region)) {
        long ready =
            input.producer().map(producer -> finished.getOrDefault(producer, 0L)).orElse(0L);
        start = Math.max(start, ready);
      }
      long end = start;
      for (Node node : region) {
        end += cost(node).flops();
      }
      for (Node node : region) {
        finished.put(node, end);
      }
      longest = Math.max(longest, end);
    }
    return longest;
  }

  private NodeCost cost(Node node) {
    return Objects.requireNonNull(costs.get(node), "every node is counted before");
  }

  private int at(Node node) {
    return position.getOrDefault(node, -1);
  }

  private List<Node> prologue(Node layer) {
    return layer.inputs().stream()
        .distinct()
        .filter(Value::hasSingleUse)
        .filter(input -> !input.isOutputOfItsGraph())
        .flatMap(input -> input.producer().stream())
        .filter(producer -> producer.is("DequantizeLinear") && isFree(producer))
        .filter(producer -> producer.graph() == layer.graph())
        .toList();
  }

  private void close(List<Node> region, Node anchor) {
    List<Node> whole = region;
    if (cost(anchor).parallelism() > 0
        && (cost(anchor).macs() > 0 || OpCost.isFusible(anchor))
        && isFree(anchor)) {
      whole = grown(region, cost(anchor).parallelism());
    }
    whole.sort(Comparator.comparingInt(this::at));
    claimed.addAll(whole);
    regions.add(whole);
  }

  private boolean isFree(Node node) {
    return !claimed.contains(node) && !uncounted.contains(node) && node.nestedGraphs().isEmpty();
  }

  /// The region with all nodes behind it that it takes in: such that one tensor leaves it, its
  /// last.
  private List<Node> grown(List<Node> region, long elements) {
    List<Node> tried = new ArrayList<>(region);
    Set<Node> inside = new HashSet<>(region);
    Set<Value> leaving = leaving(region);
    Node last = region.stream().max(Comparator.comparingInt(this::at)).orElseThrow();
    int whole = tried.size();
    while (tried.size() - whole < MOST_AHEAD
        && leaving.stream().noneMatch(Value::isOutputOfItsGraph)) {
      Optional<Node> next =
          leaving.stream()
              .flatMap(value -> value.uses().stream().map(Use::node))
              .filter(user -> !inside.contains(user))
              .filter(user -> user.graph() == region.getFirst().graph())
              .filter(user -> isFree(user) && OpCost.isFusible(user))
              .filter(user -> cost(user).parallelism() == elements)
              .min(Comparator.comparingInt(this::at));
      if (next.isEmpty()) {
        break;
      }
      Node node = next.get();
      tried.add(node);
      inside.add(node);
      leaving.removeIf(value -> node.inputs().contains(value) && !leaves(value, inside));
      node.outputs().stream().filter(output -> leaves(output, inside)).forEach(leaving::add);
      last = at(node) > at(last) ? node : last;
      // What leaves last cannot come back in, so the region waits for nothing behind itself.
      if (leaving.size() == 1 && last.outputs().contains(leaving.iterator().next())) {
        whole = tried.size();
      }
    }
    return new ArrayList<>(tried.subList(0, whole));
  }

  private static Set<Value> leaving(List<Node> region) {
    Set<Node> inside = new HashSet<>(region);
    Set<Value> leaving = new LinkedHashSet<>();
    for (Node node : region) {
      node.outputs().stream().filter(output -> leaves(output, inside)).forEach(leaving::add);
    }
    return leaving;
  }

  private static boolean leaves(Value output, Set<Node> region) {
    return output.isPresent()
        && (output.isOutputOfItsGraph()
            || output.uses().stream().anyMatch(use -> !region.contains(use.node())));
  }

  private static Set<Value> outerInputs(List<Node> region) {
    Set<Value> inputs = new LinkedHashSet<>();
    region.forEach(node -> inputs.addAll(node.inputs()));
    region.forEach(node -> inputs.removeAll(node.outputs()));
    inputs.remove(Value.ABSENT);
    return inputs;
  }

  private RegionCost cost(List<Node> region) {
    List<NodeCost> members = region.stream().map(this::cost).toList();
    NodeCost main = members.stream().max(Comparator.comparingLong(NodeCost::macs)).orElseThrow();
    long bytes = members.getFirst().bytesMoved();
    if (region.size() > 1) {
      Set<Value> moved = outerInputs(region);
      moved.addAll(leaving(region));
      bytes = moved.stream().mapToLong(OpCost::bytes).sum();
    }
    return new RegionCost(main.node(), members, bytes, members.getLast().parallelism());
  }
}
