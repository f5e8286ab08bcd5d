// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.structure;

import dev.quench.graph.Graph;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Classes of indices that change places, wherever they occur: a model computes the same when the
/// channels of a layer, and of all that is tied to them, are in another order.
///
/// Where an axis holds several indices of a class, the first takes the place of the first of the
/// other class, and so on. See [ExchangeableClasses] for what may change places.
public final class Reordering {
  private final Structure structure;
  private final Map<Integer, Integer> moved;

  /// @param moved a class to the one that takes its place; a permutation, of exchangeable classes
  /// @throws IllegalArgumentException if it is not a permutation, or a class is frozen
  public Reordering(Structure structure, Map<Integer, Integer> moved) {
    if (!moved.keySet().equals(Set.copyOf(moved.values()))) {
      throw new IllegalArgumentException("not a permutation of classes: " + moved);
    }
    for (int each : moved.keySet()) {
      structure
          .frozen(each)
          .ifPresent(reason -> {
            throw new IllegalArgumentException("a class to be moved is frozen: " + reason);
          });
    }
    this.structure = structure;
    this.moved = Map.copyOf(moved);
  }

  /// Which index of an axis comes to each place.
  ///
  /// @throws IllegalArgumentException if the axis has no known size, or the classes that change
  ///   places do not occur equally often
  public int[] order(Value value, int axis) {
    int[] classes = structure.classes(value, axis);
    Map<Integer, Deque<Integer>> places = new HashMap<>();
    for (int i = 0; i < classes.length; i++) {
      places.computeIfAbsent(classes[i], _ -> new ArrayDeque<>()).add(i);
    }
    int[] order = new int[classes.length];
    for (int i = 0; i < classes.length; i++) {
      Deque<Integer> from = places.get(moved.getOrDefault(classes[i], classes[i]));
      if (from == null || from.isEmpty()) {
        throw new IllegalArgumentException(
            "axis %d of %s does not hold the classes that change places equally often"
                .formatted(axis, value));
      }
      order[i] = from.poll();
    }
    return order;
  }

  /// Moves the slices of all initializers, in place.
  public void apply() {
    Graph graph = structure.model().graph();
    for (Value value : graph.initializers()) {
      Tensor tensor = value.initializer().orElse(null);
      if (tensor == null) {
        continue;
      }
      Tensor before = tensor;
      for (int axis = 0; axis < structure.rank(value); axis++) {
        if (structure.isTracked(value, axis)) {
          int[] order = order(value, axis);
          int[] same = order.clone();
          Arrays.setAll(same, i -> i);
          tensor = Arrays.equals(order, same) ? tensor : TensorGather.along(tensor, axis, order);
        }
      }
      if (tensor != before) {
        graph.setInitializer(value, tensor);
      }
    }
  }
}
