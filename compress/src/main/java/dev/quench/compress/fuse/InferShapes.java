// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.graph.shape.ShapeInference;
import java.util.IdentityHashMap;
import java.util.Optional;

/// Infers the types and shapes that other passes need. Changes no node.
public final class InferShapes implements Rewrite {
  @Override
  public String name() {
    return "infer-shapes";
  }

  @Override
  public boolean apply(Model model) {
    IdentityHashMap<Value, Optional<ValueType>> before = types(model);
    ShapeInference.infer(model);
    IdentityHashMap<Value, Optional<ValueType>> after = types(model);
    for (Value value : after.keySet()) {
      if (!value.type().equals(before.getOrDefault(value, Optional.empty()))) {
        return true;
      }
    }
    return false;
  }

  private static IdentityHashMap<Value, Optional<ValueType>> types(Model model) {
    IdentityHashMap<Value, Optional<ValueType>> types = new IdentityHashMap<>();
    for (Graph graph : NestedGraphs.of(model)) {
      for (Value value : graph.values()) {
        types.put(value, value.type());
      }
    }
    return types;
  }
}
