// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.rewrite;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import java.util.List;

/// Takes initializers that are also graph inputs, as older exporters write every weight, off the
/// inputs: what was a default that a caller could override becomes a constant, which other passes
/// may fold.
///
/// For callers that never fed them nothing changes. Inputs of nested graphs stay.
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
