// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.DataType;
import java.util.LinkedHashSet;
import java.util.Set;

/// The inner floating-point tensors that two models share, by name.
public final class SharedTensors {
  private SharedTensors() {}

  /// Names of values that nodes of both main graphs compute, outputs of the graphs left out, in the
  /// first one's order.
  ///
  /// @param first gets unknown types inferred, as does `second`
  public static Set<String> of(Model first, Model second) {
    ShapeInference.infer(first);
    ShapeInference.infer(second);
    Set<String> shared = inner(first.graph());
    shared.retainAll(inner(second.graph()));
    return shared;
  }

  private static Set<String> inner(Graph graph) {
    Set<String> names = new LinkedHashSet<>();
    for (Node node : graph.nodes()) {
      for (Value output : node.outputs()) {
        if (output.dataType().filter(DataType::isFloating).isPresent()) {
          names.add(output.name());
        }
      }
    }
    graph.outputs().forEach(output -> names.remove(output.name()));
    return names;
  }
}
