// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.cost.ModelCost;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Nodes of hostile models that inference names, since what comes after it looks no more.
class MalformedNodesTest {
  private final Graph graph = new Graph("net", OpsetImports.onnx(17));
  private final Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 4, 6)));

  private void assertRefused(NodeBuilder node, String... words) {
    graph.addOutput(graph.append(node.unchecked().name("odd").output("y")).output(0));
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> ShapeInference.infer(new Model(graph, 8)))
        .satisfies(e -> assertThat(e.getMessage()).contains("'odd'").contains(words));
  }

  @Test
  void withMissingInputs() {
    assertRefused(NodeBuilder.of("MatMul").inputs(Value.ABSENT, x), "input 0 (A)", "missing");
  }

  @Test
  void withAttributesOfAnotherKind() {
    assertRefused(NodeBuilder.of("Flatten").inputs(x).attribute("axis", "1"), "'axis'");
  }

  @Test
  void withSizesThatAreNotWhole() {
    Value starts = graph.addInitializer("starts", Tensor.ofFloats(Shape.of(1), 0));
    Value ends = graph.addInitializer("ends", Tensor.vector(1));
    assertRefused(NodeBuilder.of("Slice").inputs(x, starts, ends), "input 1 (starts)", "FLOAT");
  }

  @Test
  void withSeveralNumbersForOne() {
    Value depth = graph.addInitializer("depth", Tensor.vector(1, 2));
    Value values = graph.addInitializer("values", Tensor.ofFloats(Shape.of(2), 0, 1));
    assertRefused(
        NodeBuilder.of("OneHot").inputs(x, depth, values), "input 1 (depth)", "one element");
  }

  @Test
  void withAnotherNumberOfValuesThanOnAndOff() {
    Value depth = graph.addInitializer("depth", Tensor.scalar(2L));
    assertRefused(NodeBuilder.of("OneHot").inputs(x, depth, x), "input 2 (values)");
  }

  @Test
  void withTextForNumbers() {
    Value text =
        graph.addInitializer("text", Tensor.ofStrings(Shape.of(1), List.of(ByteString.of("1"))));
    assertRefused(NodeBuilder.of("Mul").inputs(x, text), "input 1 (B)", "STRING");
  }

  @Test
  void withOperandsOfTwoTypes() {
    Value longs = graph.addInitializer("longs", Tensor.vector(1));
    assertRefused(NodeBuilder.of("Add").inputs(x, longs), "input 1 (B)", "INT64");
  }

  @ParameterizedTest
  @CsvSource({"LRN, size, -3", "GroupNormalization, num_groups, 0"})
  void withSizesBelowOne(String operator, String attribute, long value) {
    graph.setOpsets(OpsetImports.onnx(21));
    NodeBuilder node = NodeBuilder.of(operator).attribute(attribute, value).inputs(x);
    if (operator.equals("GroupNormalization")) {
      node.inputs(x, x);
    }
    assertRefused(node, attribute, Long.toString(value));
  }

  @ParameterizedTest
  @CsvSource({"GatherElements, 3", "GatherElements, -4"})
  void withAxesOutside(String operator, long axis) {
    Value index = graph.addInput("index", ValueType.tensor(DataType.INT64, Shape.of(1, 4, 6)));
    assertRefused(
        NodeBuilder.of(operator).inputs(x, index).attribute("axis", axis), "axis " + axis);
  }

  @Test
  void costsThatDoNotFitANumberAreLeftOut() {
    Graph large = new Graph("large", OpsetImports.onnx(17));
    Value wide =
        large.addInput(
            "wide", ValueType.tensor(DataType.FLOAT, Shape.of(Dim.of(1L << 60), Dim.of(1))));
    Value value = wide;
    for (int i = 0; i < 12; i++) {
      value =
          large
              .append(NodeBuilder.of("Tanh").name("t" + i).inputs(value).output("t" + i))
              .output(0);
    }
    large.addOutput(value);
    ModelCost cost = ModelCost.of(new Model(large, 8));
    assertThat(cost.flops()).isNotNegative();
    assertThat(cost.bytesMoved()).isNotNegative();
    assertThat(cost.uncounted()).isNotEmpty().allMatch(each -> each.contains("too large"));
  }
}
