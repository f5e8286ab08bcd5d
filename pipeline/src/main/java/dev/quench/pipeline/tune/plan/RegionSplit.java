// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Splits a graph into regions.
///
/// 1. A block ends where a single value carries everything on: behind a residual sum, between the
///    layers of a chain. Values that bridge more layers than a region may have, as in a feature
///    pyramid, are no hindrance.
/// 2. A block also ends at [#MOST_LAYERS] layers.
/// 3. A block of two layers or more is a region. Single layers of a chain become regions of
///    [#CHAIN_LAYERS]; nodes without layers belong to the region before them.
final class RegionSplit {
  private static final int MOST_LAYERS = 8;
  private static final int CHAIN_LAYERS = 4;

  private final List<Node> nodes;
  private final Map<String, QuantizableNode> quantizable = new HashMap<>();
  private final IdentityHashMap<Node, Integer> position = new IdentityHashMap<>();

  /// How many layers stand before each node.
  private final int[] layersBefore;

  private RegionSplit(Graph graph, List<QuantizableNode> quantizable) {
    this.nodes = graph.nodes();
    quantizable.forEach(each -> this.quantizable.put(each.name(), each));
    this.layersBefore = new int[nodes.size() + 1];
    for (int i = 0; i < nodes.size(); i++) {
      position.put(nodes.get(i), i);
      layersBefore[i + 1] = layersBefore[i] + (isLayer(nodes.get(i)) ? 1 : 0);
    }
  }

  /// @param graph of distinct node names, with types and shapes
  static List<Region> of(Graph graph, List<QuantizableNode> quantizable) {
    return new RegionSplit(graph, quantizable).regions(graph);
  }

  private List<Region> regions(Graph graph) {
    List<List<Node>> parts = merged(blocks(graph));
    List<Region> regions = new ArrayList<>();
    for (List<Node> part : parts) {
      List<QuantizableNode> found =
          part.stream().map(node -> quantizable.get(node.name())).filter(Objects::nonNull).toList();
      if (!found.isEmpty()) {
        regions.add(new Region(found, RegionPattern.of(part, found)));
      }
    }
    return regions;
  }

  private List<List<Node>> blocks(Graph graph) {
    int[] live = liveValues(graph);
    List<List<Node>> blocks = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < nodes.size(); i++) {
      boolean full = layersBefore[i + 1] - layersBefore[start] >= MOST_LAYERS;
      if (live[i] <= 1 || full || i == nodes.size() - 1) {
        blocks.add(nodes.subList(start, i + 1));
        start = i + 1;
      }
    }
    return blocks;
  }

  private List<List<Node>> merged(List<List<Node>> blocks) {
    List<List<Node>> parts = new ArrayList<>();
    int chain = 0;
    for (List<Node> block : blocks) {
      int layers = Math.toIntExact(block.stream().filter(this::isLayer).count());
      boolean joins = layers == 0 || (layers == 1 && chain > 0 && chain < CHAIN_LAYERS);
      if (joins && !parts.isEmpty()) {
        parts.getLast().addAll(block);
        chain += layers == 0 ? 0 : 1;
      } else {
        parts.add(new ArrayList<>(block));
        chain = layers == 1 ? 1 : 0;
      }
    }
    return parts;
  }

  /// How many activations are still read behind each node, apart from those that bridge too much.
  private int[] liveValues(Graph graph) {
    int[] change = new int[nodes.size() + 1];
    graph.inputs().forEach(input -> count(input, -1, change));
    for (int i = 0; i < nodes.size(); i++) {
      for (Value output : nodes.get(i).outputs()) {
        count(output, i, change);
      }
    }
    int[] live = new int[nodes.size()];
    int current = 0;
    for (int i = 0; i < nodes.size(); i++) {
      current += change[i];
      live[i] = current;
    }
    return live;
  }

  private void count(Value value, int first, int[] change) {
    int last = first;
    for (Use use : value.uses()) {
      last = Math.max(last, position.getOrDefault(use.node(), first));
    }
    boolean carries =
        value.constant().isEmpty() && value.dataType().filter(type -> !type.isFloating()).isEmpty();
    if (last > first && carries && layersBefore[last] - layersBefore[first + 1] <= MOST_LAYERS) {
      change[Math.max(0, first)]++;
      change[last]--;
    }
  }

  private boolean isLayer(Node node) {
    QuantizableNode found = quantizable.get(node.name());
    return found != null && found.kind().isLayer();
  }
}
