// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.tensor.Shape;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WeightLayoutTest {
  private static WeightLayout layout(NodeBuilder node, long... weights) {
    return WeightLayout.of(
            new Graph("g", OpsetImports.onnx(22)).append(node.unchecked().output("y")),
            Shape.of(weights))
        .orElseThrow();
  }

  private static int[] outputChannels(WeightLayout layout, int elements) {
    return IntStream.range(0, elements).map(layout::outputChannel).toArray();
  }

  private static int[] inputChannels(WeightLayout layout, int elements) {
    return IntStream.range(0, elements).map(layout::inputChannel).toArray();
  }

  @Test
  void groupedConvolution() {
    WeightLayout layout = layout(NodeBuilder.of("Conv").attribute("group", 2), 4, 2, 1);
    assertThat(layout.outputChannels()).isEqualTo(4);
    assertThat(layout.inputChannels()).isEqualTo(4);
    assertThat(layout.weightsPerChannel()).isEqualTo(2);
    assertThat(layout.outputAxis()).hasValue(0);
    assertThat(outputChannels(layout, 8)).containsExactly(0, 0, 1, 1, 2, 2, 3, 3);
    assertThat(inputChannels(layout, 8)).containsExactly(0, 1, 0, 1, 2, 3, 2, 3);
  }

  @Test
  void groupedTransposedConvolution() {
    WeightLayout layout = layout(NodeBuilder.of("ConvTranspose").attribute("group", 2), 4, 3, 1);
    assertThat(layout.outputChannels()).isEqualTo(6);
    assertThat(layout.inputChannels()).isEqualTo(4);
    assertThat(layout.outputAxis()).isEmpty();
    assertThat(outputChannels(layout, 12)).containsExactly(0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5);
    assertThat(inputChannels(layout, 12)).containsExactly(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3);
  }

  @Test
  void matricesOfBothOrders() {
    WeightLayout product = layout(NodeBuilder.of("MatMul"), 2, 3);
    assertThat(outputChannels(product, 6)).containsExactly(0, 1, 2, 0, 1, 2);
    assertThat(inputChannels(product, 6)).containsExactly(0, 0, 0, 1, 1, 1);
    WeightLayout transposed = layout(NodeBuilder.of("Gemm").attribute("transB", 1), 3, 2);
    assertThat(transposed.outputChannels()).isEqualTo(3);
    assertThat(outputChannels(transposed, 6)).containsExactly(0, 0, 1, 1, 2, 2);
    assertThat(inputChannels(transposed, 6)).containsExactly(0, 1, 0, 1, 0, 1);
  }

  @Test
  void depthwiseHasOneInputAGroup() {
    assertThat(layout(NodeBuilder.of("Conv").attribute("group", 4), 8, 1, 3, 3).isDepthwise())
        .isTrue();
    assertThat(layout(NodeBuilder.of("Conv").attribute("group", 2), 8, 2, 3, 3).isDepthwise())
        .isFalse();
    assertThat(layout(NodeBuilder.of("Conv"), 8, 1, 3, 3).isDepthwise()).isFalse();
    assertThat(
            layout(NodeBuilder.of("ConvTranspose").attribute("group", 4), 4, 2, 3, 3).isDepthwise())
        .isTrue();
  }

  @Test
  void weightsThatDoNotFitHaveNone() {
    Graph graph = new Graph("g", OpsetImports.onnx(22));
    Node grouped =
        graph.append(NodeBuilder.of("Conv").attribute("group", 3).unchecked().output("a"));
    assertThat(WeightLayout.of(grouped, Shape.of(4, 1, 3, 3))).isEmpty();
    Node product = graph.append(NodeBuilder.of("MatMul").unchecked().output("b"));
    assertThat(WeightLayout.of(product, Shape.of(4, 1, 3))).isEmpty();
    Node other = graph.append(NodeBuilder.of("Relu").unchecked().output("c"));
    assertThat(WeightLayout.of(other, Shape.of(4, 1))).isEmpty();
  }
}
