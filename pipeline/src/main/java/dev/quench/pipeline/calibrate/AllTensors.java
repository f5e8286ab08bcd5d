// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.calibrate;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.pipeline.PipelineException;
import dev.quench.tensor.DataType;
import java.util.LinkedHashSet;
import java.util.Set;

/// The tensors that data decide: what a model is fed and what its nodes compute, in floating point.
public final class AllTensors {
  private AllTensors() {}

  /// Names in the main graph, in the order of computation; constants are left out, as are tensors
  /// of unknown type.
  ///
  /// @param model not modified
  /// @throws PipelineException if there are none
  public static Set<String> of(Model model) {
    Model typed = model.copy();
    ShapeInference.infer(typed);
    Set<String> names = new LinkedHashSet<>();
    typed.graph().requiredInputs().forEach(input -> add(input, names));
    for (Node node : typed.graph().nodes()) {
      node.outputs().forEach(output -> add(output, names));
    }
    if (names.isEmpty()) {
      throw new PipelineException("the model computes nothing in floating point; it has no ranges");
    }
    return names;
  }

  private static void add(Value value, Set<String> names) {
    if (value.isPresent()
        && value.constant().isEmpty()
        && value.dataType().map(DataType::isFloating).orElse(false)) {
      names.add(value.name());
    }
  }
}
