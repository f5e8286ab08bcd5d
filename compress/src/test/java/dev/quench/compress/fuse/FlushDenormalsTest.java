// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import org.junit.jupiter.api.Test;

class FlushDenormalsTest {
  private final Graph graph = new Graph("g", OpsetImports.onnx(17));
  private final Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(5)));

  private Model adding(Value weights) {
    graph.addOutput(graph.append(NodeBuilder.of("Add").inputs(x, weights).output("y")).output(0));
    return new Model(graph, 8);
  }

  @Test
  void makesThemZeroesOfTheirSignAndLeavesTheOthers() {
    Tensor weights = Tensor.ofFloats(Shape.of(5), 1e-40f, -1e-45f, Float.MIN_NORMAL, -0.0f, 2f);
    Value value = graph.addInitializer("w", weights);
    Model model = adding(value);

    assertThat(FlushDenormals.count(model)).isEqualTo(new FlushDenormals.Count(2, 5, 1));
    assertThat(new FlushDenormals().apply(model).denormal()).isEqualTo(2);
    assertThat(value.initializer().orElseThrow().toFloats())
        .containsExactly(0f, -0.0f, Float.MIN_NORMAL, -0.0f, 2f);
    assertThat(FlushDenormals.count(model).denormal()).isZero();
    assertThat(new FlushDenormals().apply(model).denormal()).isZero();
  }

  @Test
  void leavesWhatAnInputCanOverride() {
    Value value = graph.addInput("w", ValueType.tensor(DataType.FLOAT, Shape.of(5)));
    graph.addInitializer("w", Tensor.ofFloats(Shape.of(5), 1e-40f, 1, 1, 1, 1));

    assertThat(new FlushDenormals().apply(adding(value)).denormal()).isZero();
  }
}
