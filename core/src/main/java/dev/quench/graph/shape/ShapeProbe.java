// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.shape;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What shapes the values of a graph have when its inputs have other shapes, found node by node in
/// the order in which they are visited, so that the graph can be edited in between. The types that
/// the model declares stay as they are. Used by one thread.
public final class ShapeProbe {
  private final ShapeInference inference;
  private final IdentityHashMap<Value, ValueType> types = new IdentityHashMap<>();
  private final Map<String, Shape> shapes = new HashMap<>();

  /// @param model of which nodes of the main graph will be visited
  /// @param inputs shapes by input name; the others have those that they declare
  public ShapeProbe(Model model, Map<String, Shape> inputs) {
    this.inference = new ShapeInference(model, (_, _) -> {});
    for (Value input : model.graph().inputs()) {
      Shape shape = inputs.get(input.name());
      Optional<DataType> element = input.dataType();
      if (shape != null && element.isPresent()) {
        remember(input, ValueType.tensor(element.get(), shape));
      } else {
        input.type().ifPresent(type -> remember(input, type));
      }
    }
  }

  /// Finds the shapes of what `node` computes; those of what it reads are to be known already.
  ///
  /// @throws ModelFormatException if the node cannot take the shapes of its inputs
  public void visit(Node node) {
    IdentityHashMap<Value, Optional<ValueType>> declared = new IdentityHashMap<>();
    lend(node, declared);
    try {
      inference.infer(node);
      for (Value output : node.outputs()) {
        if (output.isPresent()) {
          restoreRank(output, declared.getOrDefault(output, Optional.empty()));
          output.type().ifPresent(type -> remember(output, type));
        }
      }
    } finally {
      declared.forEach((value, type) -> value.setType(type.orElse(null)));
    }
  }

  /// Shapes by name of the values that are known so far. A live view.
  public Map<String, Shape> shapes() {
    return Collections.unmodifiableMap(shapes);
  }

  /// Temporarily sets the types of this probe on the values that a node, and the graphs nested in
  /// it, read and compute.
  private void lend(Node node, IdentityHashMap<Value, Optional<ValueType>> declared) {
    for (Value input : node.inputs()) {
      lend(input, declared);
    }
    for (Value output : node.outputs()) {
      if (output.isPresent()) {
        declared.putIfAbsent(output, output.type());
        forgetShape(output);
      }
    }
    for (Graph nested : node.nestedGraphs()) {
      for (Value value : nested.values()) {
        declared.putIfAbsent(value, value.type());
        if (!value.isInitializer()) {
          forgetShape(value);
        }
      }
      for (Node inner : nested.nodes()) {
        lend(inner, declared);
      }
      for (Value output : nested.outputs()) {
        lend(output, declared);
      }
    }
  }

  private void lend(Value value, IdentityHashMap<Value, Optional<ValueType>> declared) {
    ValueType type = types.get(value);
    if (value.isPresent() && type != null) {
      declared.putIfAbsent(value, value.type());
      value.setType(type);
    }
  }

  private static void forgetShape(Value value) {
    value.dataType().ifPresent(type -> value.setType(ValueType.unranked(type)));
  }

  private static void restoreRank(Value value, Optional<ValueType> declared) {
    if (declared.orElse(null) instanceof TensorType(DataType element, Shape shape)
        && shape != null
        && value.shape().isEmpty()) {
      List<Dim> dims = shape.dims().stream().map(_ -> Dim.UNKNOWN).toList();
      value.setType(ValueType.tensor(value.dataType().orElse(element), new Shape(dims)));
    }
  }

  private void remember(Value value, ValueType type) {
    types.put(value, type);
    if (type instanceof TensorType(DataType _, Shape shape) && shape != null) {
      shapes.put(value.name(), shape);
    }
  }
}
