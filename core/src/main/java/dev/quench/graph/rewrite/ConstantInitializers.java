// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.rewrite;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import java.util.List;

/// Removes initializers from the graph inputs, where older exporters list every weight: a default
/// that a caller could override becomes a constant, which other passes may fold.
///
/// Nothing changes for callers that never fed them. Inputs of nested graphs stay.
public record ConstantInitializers() implements Rewrite {
  /// The inputs that have an initializer. A snapshot.
  public static List<Value> of(Model model) {
    return model.graph().inputs().stream().filter(Value::isInitializer).toList();
  }

  @Override
  public String name() {
    return "constant-initializers";
  }

  @Override
  public boolean apply(Model model) {
    List<Value> inputs = of(model);
    model.graph().removeInputs(inputs);
    return !inputs.isEmpty();
  }
}
