// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.shape;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private static Model calling(String operator, long opset) {
    Graph graph = new Graph("g", OpsetImports.onnx(opset));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(2, 3)));
    graph.addOutput(graph.append(NodeBuilder.of(operator).inputs(x).output("y")).output(0));
    return new Model(graph, 8);
  }

  @Test
  void olderOperatorsThanTheSchemasKnowAreRefusedThoughTheirNameIsKnown() {
    assertThatThrownBy(() -> Admission.require(calling("Affine", 5), _ -> true))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("opset 5")
        .hasMessageContaining("opset 7 or newer");
  }

  @Test
  void operatorsWithoutASchemaAreAdmittedWhereTheLibraryKnowsThem() {
    assertThatCode(() -> Admission.require(calling("Unheard", 17), _ -> true))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> Admission.require(calling("Unheard", 17), _ -> false))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("is unknown");
  }
}
