// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.Printable;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.run.CalibrationException;
import dev.quench.tensor.DataType;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/// The tensors to calibrate.
final class WantedTensors {
  private WantedTensors() {}

  /// The wanted names, those of inputs first, then in the order in which nodes compute them.
  static Set<String> inGraphOrder(Model model, Set<String> tensors) {
    if (tensors.isEmpty()) {
      throw new CalibrationException("no tensors to calibrate; name at least one");
    }
    Set<String> ordered = new LinkedHashSet<>();
    for (String name : FedInputs.names(model)) {
      if (tensors.contains(name)) {
        ordered.add(name);
      }
    }
    for (Node node : model.graph().nodes()) {
      for (Value output : node.outputs()) {
        if (tensors.contains(output.name())) {
          ordered.add(output.name());
        }
      }
    }
    for (String name : tensors) {
      Optional<Value> value = model.graph().value(name);
      if (!ordered.contains(name)) {
        throw new CalibrationException(
            "cannot calibrate '%s': %s"
                .formatted(
                    Printable.escape(name),
                    value.isPresent()
                        ? "it is a constant, whose range needs no data"
                        : "the model's main graph has no such tensor"));
      }
      DataType type = value.flatMap(Value::dataType).orElse(DataType.FLOAT);
      if (!type.isFloating()) {
        throw new CalibrationException(
            "cannot calibrate '%s': its type is %s, only floating-point tensors have ranges"
                .formatted(Printable.escape(name), type));
      }
    }
    return ordered;
  }
}
