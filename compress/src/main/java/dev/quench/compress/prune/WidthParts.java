// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.compress.prune.select.ChannelGroup;
import dev.quench.compress.prune.structure.Structure;
import dev.quench.cost.NodeCost;
import dev.quench.cost.RegionCost;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Finds the fused regions of a model that depend on the widths of groups.
final class WidthParts {
  private WidthParts() {}

  static List<PruningSpace.Part> of(PruningInput input, List<ChannelGroup> groups) {
    Structure structure = input.structure();
    Map<Integer, Integer> groupOfClass = new HashMap<>();
    for (int group = 0; group < groups.size(); group++) {
      for (int each : groups.get(group).classes()) {
        groupOfClass.put(each, group);
      }
    }
    List<Node> all = input.model().graph().allNodes();
    List<Node> outer = input.model().graph().nodes();
    Map<Node, Integer> place = new HashMap<>();
    for (int i = 0; i < outer.size(); i++) {
      place.put(outer.get(i), i);
    }
    IdentityHashMap<NodeCost, Node> nodes = new IdentityHashMap<>();
    for (int i = 0; i < all.size(); i++) {
      nodes.put(input.counted().nodeCosts().get(i), all.get(i));
    }
    List<PruningSpace.Part> parts = new ArrayList<>();
    for (RegionCost region : input.counted().regions()) {
      List<Node> members = new ArrayList<>();
      for (NodeCost each : region.nodes()) {
        Node node = nodes.get(each);
        if (node != null && place.containsKey(node)) {
          members.add(node);
        }
      }
      Set<Integer> touched = new TreeSet<>();
      members.forEach(node -> touched.addAll(groups(node, structure, groupOfClass)));
      if (!touched.isEmpty() && members.size() == region.nodes().size()) {
        parts.add(
            new PruningSpace.Part(
                region.name(),
                members.stream().map(node -> place.getOrDefault(node, -1)).toList(),
                List.copyOf(touched)));
      }
    }
    return parts;
  }

  private static Set<Integer> groups(
      Node node, Structure structure, Map<Integer, Integer> groupOfClass) {
    List<Value> tensors = new ArrayList<>(node.inputs());
    tensors.addAll(node.outputs());
    Set<Integer> found = new TreeSet<>();
    for (Value value : tensors) {
      int rank = value.isAbsent() ? 0 : value.shape().map(Shape::rank).orElse(0);
      for (int axis = 0; axis < rank; axis++) {
        if (structure.isTracked(value, axis)) {
          for (int each : structure.classes(value, axis)) {
            Integer group = groupOfClass.get(each);
            if (group != null) {
              found.add(group);
            }
          }
        }
      }
    }
    return found;
  }
}
