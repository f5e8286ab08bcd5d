// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.tensorrt;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/// Finds tensors whose range also fits another tensor, for tensors that a cache leaves out.
///
/// 1. `y = Reshape(x)` and other operators that only move elements: `x` for `y` and `y` for `x`.
/// 2. `y = MaxPool(x)`: the same, since TensorRT gives both one scale.
/// 3. `y = AveragePool(x)`, `y = Slice(x)` and other operators that average or select: `x` for `y`,
///    because the range of `x` covers `y`, but not the reverse.
/// 4. `y = Relu(x)` or `Clip(x)` where nothing else reads `x`: `y` for `x`, since clipping by the
///    range and by the operator commute.
public final class RangeSources {
  private static final Set<String> SAME =
      Set.of(
          "DepthToSpace",
          "Dropout",
          "Expand",
          "Flatten",
          "Identity",
          "MaxPool",
          "Reshape",
          "SpaceToDepth",
          "Squeeze",
          "Tile",
          "Transpose",
          "Unsqueeze");
  private static final Set<String> WITHIN =
      Set.of("AveragePool", "Gather", "GlobalAveragePool", "GlobalMaxPool", "Slice", "Split");

  private static final Set<String> CUTTING_OFF = Set.of("Clip", "Relu");

  private RangeSources() {}

  /// @param name of a tensor of the main graph
  /// @return names of other tensors, nearest first; none where the graph has no such tensor
  public static List<String> of(Graph graph, String name) {
    List<String> sources = new ArrayList<>();
    Deque<Value> waiting = new ArrayDeque<>();
    graph.value(name).ifPresent(waiting::add);
    Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    seen.addAll(waiting);
    while (!waiting.isEmpty()) {
      Value value = waiting.remove();
      for (Value next : neighbours(value)) {
        if (next.isPresent() && next.constant().isEmpty() && seen.add(next)) {
          sources.add(next.name());
          waiting.add(next);
        }
      }
    }
    return sources;
  }

  private static List<Value> neighbours(Value value) {
    List<Value> neighbours = new ArrayList<>();
    value
        .producer()
        .filter(node -> is(node, WITHIN) || (is(node, SAME) && node.output(0) == value))
        .ifPresent(node -> neighbours.add(node.input(0)));
    boolean alone = value.uses().size() == 1 && !value.isOutputOfItsGraph();
    for (Use use : value.uses()) {
      if (use.inputIndex() == 0
          && (is(use.node(), SAME) || (alone && is(use.node(), CUTTING_OFF)))) {
        neighbours.add(use.node().output(0));
      }
    }
    return neighbours;
  }

  private static boolean is(Node node, Set<String> operators) {
    return node.domain().isEmpty() && operators.contains(node.opType());
  }
}
