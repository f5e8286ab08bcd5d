// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.structure;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The indices of all axes of a graph while operators unite and freeze them.
///
/// An axis of unknown size has no indices: it can never be cut, and what it meets is frozen.
public final class Coupling {
  final IndexClasses classes = new IndexClasses();
  final Map<Value, int[] @Nullable []> axes = new HashMap<>();
  final List<LayerAxis> layers = new ArrayList<>();
  final List<Contraction> contractions = new ArrayList<>();
  private final Set<Value> constants = new HashSet<>();

  Coupling() {}

  /// Gives a value of known rank its indices.
  void define(Value value) {
    Shape shape = value.shape().orElse(null);
    if (shape == null || axes.containsKey(value)) {
      return;
    }
    int[] @Nullable [] ids = new int[shape.rank()][];
    for (int axis = 0; axis < ids.length; axis++) {
      if (shape.dim(axis) instanceof Dim.Fixed(long size) && size < Integer.MAX_VALUE) {
        ids[axis] = classes.add((int) size);
      }
    }
    axes.put(value, ids);
  }

  void markConstant(Value value) {
    constants.add(value);
  }

  /// Whether the value is an initializer or computed from initializers alone.
  public boolean isConstant(Value value) {
    return constants.contains(value);
  }

  /// Whether the rank of the value is known.
  boolean isDefined(Value value) {
    return axes.containsKey(value);
  }

  public int rank(Value value) {
    return axesOf(value).length;
  }

  /// The indices of an axis, in order; null if its size is unknown.
  public int @Nullable [] ids(Value value, int axis) {
    return axesOf(value)[axis];
  }

  /// Whether the axis has `size` indices.
  public boolean hasSize(Value value, int axis, int size) {
    int[] ids = ids(value, axis);
    return ids != null && ids.length == size;
  }

  /// Whether some index of the axis can still be cut.
  public boolean isFree(Value value, int axis) {
    int[] ids = ids(value, axis);
    if (ids != null) {
      for (int id : ids) {
        if (!classes.isFrozen(id)) {
          return true;
        }
      }
    }
    return false;
  }

  public void unite(int a, int b) {
    classes.unite(a, b);
  }

  /// Unites two axes index by index; freezes both where their sizes are unknown or differ.
  public void unite(Value a, int axisOfA, Value b, int axisOfB) {
    int[] first = ids(a, axisOfA);
    int[] second = ids(b, axisOfB);
    if (first == null || second == null || first.length != second.length) {
      String reason = "it meets a dimension of another or unknown size";
      freeze(a, axisOfA, reason);
      freeze(b, axisOfB, reason);
      return;
    }
    for (int i = 0; i < first.length; i++) {
      classes.unite(first[i], second[i]);
    }
  }

  /// Unites all axes of two values of one rank; freezes both where the ranks differ.
  public void uniteAll(Value a, Value b) {
    if (rank(a) != rank(b)) {
      String reason = "it meets a tensor of another rank";
      freezeAll(a, reason);
      freezeAll(b, reason);
      return;
    }
    for (int axis = 0; axis < rank(a); axis++) {
      unite(a, axis, b, axis);
    }
  }

  public void freeze(int id, String reason) {
    classes.freeze(id, reason);
  }

  public void freeze(Value value, int axis, String reason) {
    int[] ids = ids(value, axis);
    if (ids != null) {
      for (int id : ids) {
        classes.freeze(id, reason);
      }
    }
  }

  /// Freezes the axes from `first` on.
  public void freezeFrom(Value value, int first, String reason) {
    for (int axis = first; axis < rank(value); axis++) {
      freeze(value, axis, reason);
    }
  }

  public void freezeAll(Value value, String reason) {
    if (isDefined(value)) {
      freezeFrom(value, 0, reason);
    }
  }

  /// Freezes all that the node reads and writes.
  public void freezeNode(Node node, String reason) {
    node.inputs().stream().filter(Value::isPresent).forEach(value -> freezeAll(value, reason));
    node.outputs().stream().filter(Value::isPresent).forEach(value -> freezeAll(value, reason));
  }

  /// Notes that an axis of an input counts output channels, if the input is constant.
  public void layer(Node node, int input, int axis) {
    if (isConstant(node.input(input))) {
      layers.add(new LayerAxis(node, node.input(input), axis));
    }
  }

  /// Notes that the node sums over an axis of its data.
  public void contraction(Node node, int input, int axis) {
    contractions.add(new Contraction(node, input, axis));
  }

  private int[] @Nullable [] axesOf(Value value) {
    int[] @Nullable [] found = axes.get(value);
    if (found == null) {
      throw new IllegalArgumentException("the rank of " + value + " is unknown");
    }
    return found;
  }
}
