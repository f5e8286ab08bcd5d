// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import dev.quench.graph.Graph;
import dev.quench.graph.Value;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Inputs and outputs as the model declares them: an engine may change their order and does not
/// keep the names of free dimensions.
///
/// @param inputs declared shapes by name, in graph order
/// @param outputs declared shapes by name, in graph order
public record DeclaredTensors(List<Declaration> inputs, List<Declaration> outputs) {
  /// No declarations, for an engine from a file.
  static final DeclaredTensors NONE = new DeclaredTensors(List.of(), List.of());

  /// @param shape of rank 0 if the model declares none
  record Declaration(String name, Shape shape) {}

  public DeclaredTensors {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  public static DeclaredTensors of(Graph graph) {
    return new DeclaredTensors(declarations(graph.requiredInputs()), declarations(graph.outputs()));
  }

  /// The engine's tensors in declared order with the names of free dimensions; undeclared tensors
  /// follow.
  static List<TensorSpec> apply(List<Declaration> declared, List<TensorSpec> actual) {
    Map<String, TensorSpec> left = new LinkedHashMap<>();
    actual.forEach(spec -> left.put(spec.name(), spec));
    List<TensorSpec> specs = new ArrayList<>();
    for (Declaration declaration : declared) {
      TensorSpec spec = left.remove(declaration.name());
      if (spec != null) {
        specs.add(
            new TensorSpec(
                spec.name(), spec.dataType(), withNames(spec.shape(), declaration.shape())));
      }
    }
    specs.addAll(left.values());
    return List.copyOf(specs);
  }

  private static List<Declaration> declarations(List<Value> values) {
    return values.stream()
        .map(value -> new Declaration(value.name(), value.shape().orElse(Shape.SCALAR)))
        .distinct()
        .toList();
  }

  private static Shape withNames(Shape actual, Shape declared) {
    if (actual.rank() != declared.rank()) {
      return actual;
    }
    Shape named = actual;
    for (int i = 0; i < actual.rank(); i++) {
      if (actual.dim(i) instanceof Dim.Unknown && declared.dim(i) instanceof Dim.Symbolic) {
        named = named.with(i, declared.dim(i));
      }
    }
    return named;
  }
}
