// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.structure;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Classes of indices to be cut out of a model, and what is left of each axis.
public final class Cut {
  private final Structure structure;
  private final Set<Integer> removed;

  /// @param removed classes, none of them frozen
  /// @throws IllegalArgumentException if one is frozen
  public Cut(Structure structure, Set<Integer> removed) {
    for (int each : removed) {
      structure
          .frozen(each)
          .ifPresent(reason -> {
            throw new IllegalArgumentException("a class to be cut is frozen: " + reason);
          });
    }
    this.structure = structure;
    this.removed = Set.copyOf(removed);
  }

  public Structure structure() {
    return structure;
  }

  /// Whether the axis loses an index.
  public boolean isCut(Value value, int axis) {
    if (!structure.isTracked(value, axis)) {
      return false;
    }
    for (int each : structure.classes(value, axis)) {
      if (removed.contains(each)) {
        return true;
      }
    }
    return false;
  }

  /// The indices that stay, ascending.
  ///
  /// @throws IllegalArgumentException if the axis has no known size
  public int[] kept(Value value, int axis) {
    int[] classes = structure.classes(value, axis);
    int[] kept = new int[classes.length];
    int count = 0;
    for (int i = 0; i < classes.length; i++) {
      if (!removed.contains(classes[i])) {
        kept[count++] = i;
      }
    }
    return Arrays.copyOf(kept, count);
  }

  /// How many of the indices before `end` stay.
  public int keptBefore(Value value, int axis, int end) {
    int count = 0;
    for (int index : kept(value, axis)) {
      count += index < end ? 1 : 0;
    }
    return count;
  }

  /// Cuts the classes out of the model of the structure, in place.
  ///
  /// @throws PruningException if what shape inference finds afterwards is not what the classes
  ///   foretold; the model is then half cut
  public void apply() {
    Graph graph = structure.model().graph();
    Map<Value, Shape> expected = expectedShapes(graph);
    Set<Value> read = new HashSet<>(graph.initializers());
    read.removeIf(Value::isUnused);
    for (Node node : List.copyOf(graph.nodes())) {
      structure.rule(node).ifPresent(rule -> rule.adapt(node, this));
    }
    for (Value value : graph.initializers()) {
      if (value.isUnused() && read.contains(value)) {
        // Sizes and indices that were counted anew.
        graph.removeInitializer(value);
      } else {
        cutInitializer(graph, value);
      }
    }
    // What inference cannot find, behind an unknown operator, is as the classes foretell.
    expected.forEach((value, shape) ->
        value.dataType().ifPresent(type -> value.setType(ValueType.tensor(type, shape))));
    ShapeInference.infer(structure.model());
    expected.forEach(Cut::requireShape);
  }

  private Map<Value, Shape> expectedShapes(Graph graph) {
    Set<Value> values = new HashSet<>();
    graph.nodes().forEach(node -> values.addAll(node.outputs()));
    Map<Value, Shape> expected = new HashMap<>();
    for (Value value : values) {
      Shape shape = value.isAbsent() ? null : value.shape().orElse(null);
      if (shape != null) {
        for (int axis = 0; axis < shape.rank(); axis++) {
          if (isCut(value, axis)) {
            shape = shape.with(axis, Dim.of(kept(value, axis).length));
          }
        }
        expected.put(value, shape);
      }
    }
    return expected;
  }

  private void cutInitializer(Graph graph, Value value) {
    Tensor tensor = value.initializer().orElse(null);
    if (tensor == null) {
      return;
    }
    Tensor whole = tensor;
    for (int axis = 0; axis < structure.rank(value); axis++) {
      if (isCut(value, axis)) {
        tensor = TensorGather.along(tensor, axis, kept(value, axis));
      }
    }
    if (tensor != whole) {
      graph.setInitializer(value, tensor);
    }
  }

  private static void requireShape(Value value, Shape expected) {
    Shape found = value.shape().orElse(null);
    boolean fits = found == null || found.rank() == expected.rank();
    for (int axis = 0; fits && found != null && axis < found.rank(); axis++) {
      fits =
          !(found.dim(axis) instanceof Dim.Fixed(long size))
              || !(expected.dim(axis) instanceof Dim.Fixed(long wanted))
              || size == wanted;
    }
    if (!fits) {
      throw new PruningException(
          "after the cut %s has the shape %s, expected %s; the model is not written, please report it with the model"
              .formatted(value, found, expected));
    }
  }
}
