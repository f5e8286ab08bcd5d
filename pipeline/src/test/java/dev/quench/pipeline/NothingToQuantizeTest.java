// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NothingToQuantizeTest {
  private final Graph graph = new Graph("g", OpsetImports.onnx(17));

  private Value input(long... shape) {
    return graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(shape)));
  }

  private Tensor ones(long... shape) {
    Shape of = Shape.of(shape);
    float[] values = new float[(int) of.elements()];
    Arrays.fill(values, 0.5f);
    return Tensor.ofFloats(of, values);
  }

  private void refused(NodeBuilder node, String reason) {
    graph.addOutput(graph.append(node.output("y")).output(0));
    Model model = new Model(graph, 8);

    assertThatThrownBy(() -> NothingToQuantize.check(model, Set.of()))
        .isInstanceOf(PipelineException.class)
        .hasMessageStartingWith("nothing to quantize: ")
        .hasMessageContaining(reason);
  }

  @Test
  void namesDepthwiseLayers() {
    Value x = input(1, 16, 8, 8);
    refused(
        NodeBuilder.of("Conv")
            .name("dw")
            .inputs(x, graph.addInitializer("w", ones(16, 1, 3, 3)))
            .attribute("group", 16L),
        "Conv 'dw' (depthwise");
  }

  @Test
  void namesWeightsOfThreeDimensions() {
    Value x = input(4, 10, 32);
    refused(
        NodeBuilder.of("MatMul").name("mm").inputs(x, graph.addInitializer("w", ones(4, 32, 32))),
        "MatMul 'mm' (its weights have shape [4, 32, 32])");
  }

  @Test
  void namesRecurrentLayers() {
    Value x = input(5, 1, 16);
    refused(
        NodeBuilder.of("GRU")
            .name("memory")
            .inputs(
                x,
                graph.addInitializer("w", ones(1, 48, 16)),
                graph.addInitializer("r", ones(1, 48, 16)))
            .attribute("hidden_size", 16L),
        "GRU 'memory' (recurrent");
  }

  @Test
  void saysThatThereIsNoLayer() {
    refused(NodeBuilder.of("Relu").inputs(input(1, 4)), "no Conv, ConvTranspose, Gemm or MatMul");
  }
}
