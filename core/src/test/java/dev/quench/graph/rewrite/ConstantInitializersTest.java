// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Graph;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ConstantInitializersTest {
  private final Graph graph = new Graph("net", OpsetImports.onnx(13));
  private final Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(2)));
  private final Value w = graph.addInput("w", ValueType.tensor(DataType.FLOAT, Shape.of(2)));
  private final Model model = new Model(graph, 8);

  @Test
  void makesDefaultsConstants() {
    graph.addInitializer("w", Tensor.ofFloats(Shape.of(2), 1, 2));
    graph.addOutput(graph.append(NodeBuilder.of("Mul").inputs(x, w).output("y")).output(0));
    assertThat(w.constant()).isEmpty();

    assertThat(new ConstantInitializers().apply(model)).isTrue();

    assertThat(w.constant()).isPresent();
    assertThat(graph.inputs()).containsExactly(x);
    GraphValidator.validate(model);
    assertThat(new ConstantInitializers().apply(model)).isFalse();
  }

  @Test
  void keepsWhatMustBeFed() {
    assertThat(new ConstantInitializers().apply(model)).isFalse();
    assertThat(graph.inputs()).containsExactly(x, w);
  }
}
