// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/// The cheapest way to separate a source from a sink in a directed network.
///
/// Dinic, "Algorithm for solution of a problem of maximum flow in networks with power estimation",
/// 1970. Of several cheapest cuts it finds the one with the smallest source side. For one thread.
final class MinimumCut {
  static final int SOURCE = 0;
  static final int SINK = 1;

  /// More than any sum of finite capacities here.
  static final long UNBOUNDED = Long.MAX_VALUE / 4;

  /// Edge `e` and its reverse `e ^ 1` lie side by side.
  private final List<Integer> targets = new ArrayList<>();

  private final List<Long> residual = new ArrayList<>();
  private final List<List<Integer>> edges =
      new ArrayList<>(List.of(new ArrayList<>(), new ArrayList<>()));
  private int[] level = new int[0];
  private int[] next = new int[0];

  int addVertex() {
    edges.add(new ArrayList<>());
    return edges.size() - 1;
  }

  /// Cutting this edge, with `from` on the source side and `to` on the sink side, costs `capacity`.
  void addEdge(int from, int to, long capacity) {
    if (from == to) {
      return;
    }
    edges.get(from).add(targets.size());
    targets.add(to);
    residual.add(capacity);
    edges.get(to).add(targets.size());
    targets.add(from);
    residual.add(0L);
  }

  /// The vertices on the source side.
  BitSet sourceSide() {
    while (label()) {
      next = new int[edges.size()];
      while (augment()) {
        // each call pushes flow along one shortest path
      }
    }
    BitSet side = new BitSet();
    for (int vertex = 0; vertex < level.length; vertex++) {
      side.set(vertex, level[vertex] >= 0);
    }
    return side;
  }

  /// Distances from the source in the residual network; false when the sink is out of reach.
  private boolean label() {
    level = new int[edges.size()];
    Arrays.fill(level, -1);
    level[SOURCE] = 0;
    ArrayDeque<Integer> queue = new ArrayDeque<>(List.of(SOURCE));
    while (!queue.isEmpty()) {
      int vertex = queue.poll();
      for (int edge : edges.get(vertex)) {
        int target = targets.get(edge);
        if (residual.get(edge) > 0 && level[target] < 0) {
          level[target] = level[vertex] + 1;
          queue.add(target);
        }
      }
    }
    return level[SINK] >= 0;
  }

  private boolean augment() {
    ArrayDeque<Integer> path = new ArrayDeque<>();
    int vertex = SOURCE;
    while (vertex != SINK) {
      int edge = nextEdge(vertex);
      if (edge >= 0) {
        path.addLast(edge);
        vertex = targets.get(edge);
      } else if (path.isEmpty()) {
        return false;
      } else {
        vertex = targets.get(path.removeLast() ^ 1);
        next[vertex]++;
      }
    }
    long flow = path.stream().mapToLong(residual::get).min().orElseThrow();
    for (int edge : path) {
      residual.set(edge, residual.get(edge) - flow);
      residual.set(edge ^ 1, residual.get(edge ^ 1) + flow);
    }
    return true;
  }

  private int nextEdge(int vertex) {
    List<Integer> out = edges.get(vertex);
    for (; next[vertex] < out.size(); next[vertex]++) {
      int edge = out.get(next[vertex]);
      if (residual.get(edge) > 0 && level[targets.get(edge)] == level[vertex] + 1) {
        return edge;
      }
    }
    return -1;
  }
}
