// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.tensorrt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Graph;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import org.junit.jupiter.api.Test;

class RangeSourcesTest {
  private final Graph graph = new Graph("g", OpsetImports.onnx(17));
  private final Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 4)));

  private Value node(String opType, Value input, String output) {
    return graph.append(NodeBuilder.of(opType).unchecked().inputs(input).output(output)).output(0);
  }

  @Test
  void whatMovesElementsHasTheRangeOfWhatItReadsAndTheReverse() {
    node("Transpose", node("Identity", node("Relu", x, "a"), "b"), "c");

    assertThat(RangeSources.of(graph, "a")).containsExactly("b", "c");
    assertThat(RangeSources.of(graph, "b")).containsExactlyInAnyOrder("a", "c");
    assertThat(RangeSources.of(graph, "c")).containsExactly("b", "a");
  }

  @Test
  void maxPoolingHasOneScaleWithWhatItReads() {
    node("MaxPool", node("Relu", x, "relu"), "pool");

    assertThat(RangeSources.of(graph, "pool")).containsExactly("relu");
    assertThat(RangeSources.of(graph, "relu")).containsExactly("pool");
  }

  @Test
  void averagesAndSelectionsLendNothingToWhatTheyRead() {
    Value relu = node("Relu", x, "relu");
    node("GlobalAveragePool", relu, "average");
    node("Slice", relu, "slice");

    assertThat(RangeSources.of(graph, "average")).containsExactly("relu");
    assertThat(RangeSources.of(graph, "slice")).containsExactly("relu");
    assertThat(RangeSources.of(graph, "relu")).isEmpty();
  }

  @Test
  void whatIsCutOffMayHaveTheRangeOfWhatIsLeft() {
    node("MaxPool", node("Relu", node("Sigmoid", x, "a"), "relu"), "pool");

    assertThat(RangeSources.of(graph, "a")).containsExactly("relu", "pool");
    assertThat(RangeSources.of(graph, "relu")).containsExactly("pool");
  }

  @Test
  void whatIsReadElsewhereTooIsNotCutOff() {
    Value a = node("Sigmoid", x, "a");
    node("Clip", a, "clip");
    node("Sigmoid", a, "other");

    assertThat(RangeSources.of(graph, "a")).isEmpty();
  }

  @Test
  void whatLeavesTheModelIsNotCutOff() {
    Value a = node("Sigmoid", x, "a");
    node("Relu", a, "relu");
    graph.addOutput(a);

    assertThat(RangeSources.of(graph, "a")).isEmpty();
  }

  @Test
  void whatComputesHasARangeOfItsOwnOnly() {
    node("Relu", node("Sigmoid", x, "a"), "b");

    assertThat(RangeSources.of(graph, "b")).isEmpty();
    assertThat(RangeSources.of(graph, "x")).isEmpty();
  }

  @Test
  void aNameThatNoTensorHasGivesNothing() {
    assertThat(RangeSources.of(graph, "nowhere")).isEmpty();
  }
}
