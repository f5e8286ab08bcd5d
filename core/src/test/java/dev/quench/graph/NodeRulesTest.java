// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import org.junit.jupiter.api.Test;

/// Nodes made from code.
class NodeRulesTest {
  private final Graph graph = new Graph("net", OpsetImports.onnx(10));
  private final Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(2)));

  private void assertRefused(NodeBuilder node, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> graph.append(node.name("odd").output("y")))
        .withMessage(message);
  }

  @Test
  void haveTheInputsOfTheirOperator() {
    assertRefused(
        NodeBuilder.of("Conv").inputs(x), "Conv 'odd' input 1 (W): missing, but required");
  }

  @Test
  void haveAttributesThatTheirOperatorKnows() {
    assertRefused(
        NodeBuilder.of("Softmax").inputs(x).attribute("axes", 1),
        "Softmax 'odd' attribute 'axes': unknown to Softmax of opset 1, which has [axis]");
  }

  /// Since opset 11 the limits of a Clip are inputs.
  @Test
  void fitTheOpsetThatTheGraphImports() {
    assertRefused(
        NodeBuilder.of("Clip").inputs(x, graph.addConstant("low", Tensor.scalar(0f))),
        "Clip 'odd': 2 inputs, expected at most 1");
  }

  @Test
  void leaveNothingBehindWhenRefused() {
    assertRefused(NodeBuilder.of("Relu").inputs(x, x), "Relu 'odd': 2 inputs, expected at most 1");
    assertThat(x.isUnused()).isTrue();
    assertThat(graph.nodes()).isEmpty();
    Node relu = graph.append(NodeBuilder.of("Relu").inputs(x).name("odd").output("y"));
    assertThat(relu.output(0).name()).isEqualTo("y");
  }

  @Test
  void ofUnknownOperatorsAreTaken() {
    assertThat(graph.append(NodeBuilder.of("Brew").inputs(x).output("y")).is("Brew")).isTrue();
    assertThat(graph.append(NodeBuilder.of("Conv").domain("local").inputs(x).output("z")).outputs())
        .hasSize(1);
  }

  @Test
  void takenOverAsTheyAreNeedNotFit() {
    Node odd = graph.append(NodeBuilder.of("Conv").unchecked().inputs(x).output("y"));
    assertThat(new Model(graph, 8).copy().graph().nodes().getFirst().inputs()).hasSize(1);
    assertThat(odd.isRemoved()).isFalse();
  }
}
