// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import org.junit.jupiter.api.Test;

class ModelInputsTest {
  private static Model reading(ValueType type) {
    Graph graph = new Graph("net", OpsetImports.onnx(17));
    Value x = graph.addInput("x", type);
    graph.addOutput(
        graph.append(NodeBuilder.of("Identity").unchecked().inputs(x).output("y")).output(0));
    return new Model(graph, 8);
  }

  @Test
  void refusesAnInputWithoutShape() {
    Model model = reading(ValueType.unranked(DataType.FLOAT));

    assertThatExceptionOfType(PipelineException.class)
        .isThrownBy(() -> ModelInputs.of(model))
        .withMessageContaining("input 'x' has no declared shape")
        .withMessageContaining("set-shapes");
  }

  @Test
  void refusesAnInputThatIsNoTensor() {
    Model model = reading(new ValueType.SequenceType(ValueType.unranked(DataType.FLOAT)));

    assertThatExceptionOfType(PipelineException.class)
        .isThrownBy(() -> ModelInputs.of(model))
        .withMessageContaining("input 'x' is not a tensor");
  }
}
