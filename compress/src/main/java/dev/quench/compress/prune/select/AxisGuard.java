// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import dev.quench.compress.prune.structure.Structure;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Sees that no axis of any tensor loses all of its indices, also where a slice holds but a few of a
/// layer's channels. Mutable.
final class AxisGuard {
  private final Map<Integer, List<Integer>> axesOfClass = new HashMap<>();
  private final List<Integer> left = new ArrayList<>();

  AxisGuard(Structure structure) {
    Set<List<Integer>> seen = new HashSet<>();
    for (Value value : structure.model().graph().values()) {
      int rank = value.shape().map(Shape::rank).orElse(0);
      for (int axis = 0; axis < rank; axis++) {
        if (structure.isTracked(value, axis)) {
          List<Integer> classes =
              Arrays.stream(structure.classes(value, axis)).distinct().boxed().toList();
          boolean safe = classes.stream().anyMatch(each -> structure.frozen(each).isPresent());
          if (!safe && seen.add(classes)) {
            watch(classes);
          }
        }
      }
    }
  }

  private void watch(List<Integer> classes) {
    int axis = left.size();
    left.add(classes.size());
    classes.forEach(each -> axesOfClass.computeIfAbsent(each, _ -> new ArrayList<>()).add(axis));
  }

  /// Takes a class out unless it is the last of some axis.
  ///
  /// @return whether it is out
  boolean take(int indexClass) {
    List<Integer> axes = axesOfClass.getOrDefault(indexClass, List.of());
    if (axes.stream().anyMatch(axis -> left.get(axis) <= 1)) {
      return false;
    }
    axes.forEach(axis -> left.set(axis, left.get(axis) - 1));
    return true;
  }

  /// Puts a class back that was taken out.
  void restore(int indexClass) {
    axesOfClass
        .getOrDefault(indexClass, List.of())
        .forEach(axis -> left.set(axis, left.get(axis) + 1));
  }
}
