// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.shape;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.List;
import java.util.Set;

/// Drops placeholder names of dimensions: some exporters call every free dimension `?`, which would
/// make them all equal.
final class AnonymousDims {
  private static final Set<String> NAMES = Set.of("?", "-1", "None");

  private AnonymousDims() {}

  static void forget(Graph graph) {
    for (Value value : graph.values()) {
      if (value.type().orElse(null) instanceof TensorType(DataType type, Shape shape)
          && shape != null
          && shape.dims().stream().anyMatch(AnonymousDims::isAnonymous)) {
        List<Dim> dims =
            shape.dims().stream().map(dim -> isAnonymous(dim) ? Dim.UNKNOWN : dim).toList();
        value.setType(ValueType.tensor(type, new Shape(dims)));
      }
    }
    for (Node node : graph.nodes()) {
      node.nestedGraphs().forEach(AnonymousDims::forget);
    }
  }

  private static boolean isAnonymous(Dim dim) {
    return dim instanceof Dim.Symbolic(String name) && NAMES.contains(name);
  }
}
