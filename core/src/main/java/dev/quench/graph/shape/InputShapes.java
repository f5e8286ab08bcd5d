// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.shape;

import dev.quench.graph.Graph;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Gives the inputs of a graph other shapes.
final class InputShapes {
  private InputShapes() {}

  static void apply(Graph graph, Map<String, Shape> shapes) {
    Map<String, Dim> symbols = new HashMap<>();
    for (Map.Entry<String, Shape> entry : shapes.entrySet()) {
      Value input = input(graph, entry.getKey());
      bind(input, entry.getValue(), symbols);
      input.setType(ValueType.tensor(elementType(input), entry.getValue()));
    }
    for (Value input : graph.inputs()) {
      Optional<Shape> declared = input.shape();
      if (!shapes.containsKey(input.name()) && declared.isPresent()) {
        input.setType(ValueType.tensor(elementType(input), bound(declared.get(), symbols)));
      }
    }
  }

  private static Value input(Graph graph, String name) {
    return graph.inputs().stream()
        .filter(input -> input.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "the model has no input '%s'; its inputs are %s"
                    .formatted(name, graph.requiredInputs())));
  }

  private static DataType elementType(Value input) {
    return input
        .dataType()
        .orElseThrow(() ->
            new IllegalArgumentException("input " + input + ": expected a tensor of known type"));
  }

  private static void bind(Value input, Shape wanted, Map<String, Dim> symbols) {
    Optional<Shape> declared = input.shape();
    if (declared.isEmpty()) {
      return;
    }
    if (declared.get().rank() != wanted.rank()) {
      throw new IllegalArgumentException(
          "input %s cannot take shape %s: rank %d, expected %d"
              .formatted(input, wanted, wanted.rank(), declared.get().rank()));
    }
    for (int i = 0; i < wanted.rank(); i++) {
      if (declared.get().dim(i) instanceof Dim.Symbolic(String name)
          && wanted.dim(i) instanceof Dim.Fixed fixed) {
        // Some exporters give different axes the same name; such a name says nothing about a third.
        symbols.merge(name, fixed, (former, next) -> former.equals(next) ? former : Dim.UNKNOWN);
      }
    }
  }

  private static Shape bound(Shape shape, Map<String, Dim> symbols) {
    List<Dim> dims = new ArrayList<>();
    for (Dim dim : shape.dims()) {
      dims.add(dim instanceof Dim.Symbolic(String name) ? symbols.getOrDefault(name, dim) : dim);
    }
    return new Shape(dims);
  }
}
