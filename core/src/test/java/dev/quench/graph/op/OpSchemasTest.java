// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpSchemasTest {
  private final Graph graph = new Graph("net", OpsetImports.onnx(11));
  private final Value x =
      graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 3, 8, 8)));

  private static int version(String opType, int opset) {
    return OpSchemas.find("", opType, opset).orElseThrow().sinceVersion();
  }

  @Test
  void findsTheNewestVersionOfAnOpset() {
    assertThat(version("Squeeze", 7)).isEqualTo(1);
    assertThat(version("Squeeze", 12)).isEqualTo(11);
    assertThat(version("Squeeze", 13)).isEqualTo(13);
    assertThat(version("Squeeze", 22)).isEqualTo(21);
    assertThat(version("ReduceMean", 17)).isEqualTo(13);
    assertThat(version("ReduceMean", 18)).isEqualTo(18);
    assertThat(version("BatchNormalization", 7)).isEqualTo(7);
    assertThat(version("BatchNormalization", 14)).isEqualTo(14);
  }

  @Test
  void findsNothingForUnknownOrNewerOperators() {
    assertThat(OpSchemas.find("", "NoSuchOperator", 13)).isEmpty();
    assertThat(OpSchemas.find("com.example", "Conv", 13)).isEmpty();
    assertThat(OpSchemas.find("", "LayerNormalization", 16)).isEmpty();
    assertThat(OpSchemas.find("", "Conv", 0)).isEmpty();
    assertThat(OpSchemas.find("ai.onnx", "Conv", 13)).isPresent();
  }

  @Test
  void movesAxesFromAttributeToInput() {
    OpSchema before = OpSchemas.find("", "Unsqueeze", 12).orElseThrow();
    OpSchema after = OpSchemas.find("", "Unsqueeze", 13).orElseThrow();
    assertThat(before.attributes()).containsKey("axes");
    assertThat(before.maxInputs()).isEqualTo(1);
    assertThat(after.attributes()).isEmpty();
    assertThat(after.minInputs()).isEqualTo(2);
  }

  @Test
  void knowsDefaultsByOpset() {
    assertThat(
            OpSchemas.find("", "Softmax", 12).orElseThrow().attributes().get("axis").defaultValue())
        .contains(AttributeValue.of(1));
    assertThat(
            OpSchemas.find("", "Softmax", 13).orElseThrow().attributes().get("axis").defaultValue())
        .contains(AttributeValue.of(-1));
  }

  @Test
  void countsVariadicInputs() {
    OpSchema concat = OpSchemas.find("", "Concat", 13).orElseThrow();
    assertThat(concat.minInputs()).isEqualTo(1);
    assertThat(concat.maxInputs()).isEqualTo(Integer.MAX_VALUE);
    assertThat(concat.inputName(7)).isEqualTo("inputs");
  }

  private Node node(NodeBuilder builder) {
    return graph.append(builder.unchecked().name("conv1").output(graph.uniqueName("y")));
  }

  private List<String> problems(NodeBuilder builder) {
    Node node = node(builder);
    return OpSchemas.find(node).orElseThrow().check(node);
  }

  @Test
  void acceptsWhatFitsTheSchema() {
    assertThat(problems(NodeBuilder.of("Conv").inputs(x, x).ints("pads", 1, 1, 1, 1))).isEmpty();
    assertThat(problems(NodeBuilder.of("Clip").inputs(x, Value.ABSENT, x))).isEmpty();
    assertThat(
            problems(
                NodeBuilder.of("Conv")
                    .inputs(x, x)
                    .attribute("group", new AttributeValue.Reference("g", 2))))
        .isEmpty();
  }

  @Test
  void namesMissingInputs() {
    assertThat(problems(NodeBuilder.of("Conv").inputs(x)))
        .containsExactly("Conv 'conv1' input 1 (W): missing, but required");
    assertThat(problems(NodeBuilder.of("Conv").inputs(x, Value.ABSENT)))
        .containsExactly("Conv 'conv1' input 1 (W): missing, but required");
  }

  @Test
  void listsOfInputsHaveNoGaps() {
    assertThat(problems(NodeBuilder.of("Max").inputs(x, Value.ABSENT, x)))
        .containsExactly("Max 'conv1' input 1 (data_0): missing, but each of a list is required");
    assertThat(problems(NodeBuilder.of("Max").inputs(x, x, x))).isEmpty();
  }

  @Test
  void namesSurplusInputs() {
    assertThat(problems(NodeBuilder.of("Relu").inputs(x, x)))
        .containsExactly("Relu 'conv1': 2 inputs, expected at most 1");
  }

  @Test
  void namesAttributesThatAreWrong() {
    assertThat(problems(NodeBuilder.of("Concat").inputs(x)))
        .containsExactly("Concat 'conv1' attribute 'axis': missing, expected an integer");
    assertThat(problems(NodeBuilder.of("Conv").inputs(x, x).attribute("pads", 1)))
        .containsExactly("Conv 'conv1' attribute 'pads': IntValue, expected a list of integers");
    assertThat(problems(NodeBuilder.of("Relu").inputs(x).attribute("slope", 1)))
        .containsExactly(
            "Relu 'conv1' attribute 'slope': unknown to Relu of opset 6, which has no attributes");
  }
}
