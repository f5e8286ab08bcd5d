// SPDX-License-Identifier: Apache-2.0
package dev.quench.testing;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.List;

/// Runs half precision without half-precision kernels: every half tensor becomes FLOAT and is
/// rounded to half precision right after it was computed.
public final class Rounding {
  private Rounding() {}

  /// A copy of `model` in FLOAT that rounds where `model` has the type `half`.
  public static Model emulate(Model model, DataType half) {
    Model copy = model.copy();
    Graph graph = copy.graph();
    for (Value value : graph.values()) {
      if (value.dataType().orElse(null) != half) {
        continue;
      }
      if (value.initializer().isPresent()) {
        Tensor tensor = value.initializer().get();
        graph.setInitializer(value, Tensor.ofFloats(tensor.shape(), tensor.toFloats()));
        continue;
      }
      value.setType(
          value
              .shape()
              .map(shape -> (ValueType) ValueType.tensor(DataType.FLOAT, shape))
              .orElse(ValueType.unranked(DataType.FLOAT)));
      Node producer = value.producer().orElseThrow();
      if (producer.is("Cast")) {
        producer.setAttribute("to", AttributeValue.of(DataType.FLOAT.onnxCode()));
      }
      if (value.isGraphOutput()) {
        throw new IllegalArgumentException("half outputs are not emulated");
      }
      List<Use> uses = value.uses();
      Node down =
          graph.insertAfter(
              producer,
              NodeBuilder.of("Cast")
                  .inputs(value)
                  .attribute("to", half.onnxCode())
                  .output(graph.uniqueName(value.name() + "_half")));
      Node up =
          graph.insertAfter(
              down,
              NodeBuilder.of("Cast")
                  .inputs(down.output(0))
                  .attribute("to", DataType.FLOAT.onnxCode())
                  .output(graph.uniqueName(value.name() + "_full")));
      uses.forEach(use -> use.node().setInput(use.inputIndex(), up.output(0)));
    }
    return copy;
  }
}
