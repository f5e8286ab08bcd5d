// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignPatternTest {
  private final Graph graph = new Graph("g", OpsetImports.onnx(22));
  private final Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(2, 3)));

  private Value constant(float... values) {
    Shape shape = values.length == 1 ? Shape.SCALAR : Shape.of(values.length);
    return graph.addConstant("c", Tensor.ofFloats(shape, values));
  }

  private Node choice(String comparison, boolean zeroFirst, Value whenTrue, Value whenFalse) {
    Value zero = constant(0);
    NodeBuilder compare = NodeBuilder.of(comparison).name("compare");
    Node condition =
        graph.append(
            (zeroFirst ? compare.inputs(zero, x) : compare.inputs(x, zero)).output("condition"));
    return graph.append(
        NodeBuilder.of("Where")
            .name("where")
            .inputs(condition.output(0), whenTrue, whenFalse)
            .output("y", ValueType.tensor(DataType.FLOAT, Shape.of(2, 3))));
  }

  @ParameterizedTest
  @CsvSource({
    "GreaterOrEqual, false, 1",
    "LessOrEqual, true, 1",
    "Less, false, -1",
    "Greater, true, -1"
  })
  void takesAllFormsThatCountZeroAsPositive(String comparison, boolean zeroFirst, float whenTrue) {
    Node where = choice(comparison, zeroFirst, constant(whenTrue), constant(-whenTrue));
    assertThat(SignPattern.of(where)).isEqualTo(Match.found(x));
  }

  @ParameterizedTest
  @CsvSource({
    "Greater, false, 1",
    "Less, true, 1",
    "LessOrEqual, false, -1",
    "GreaterOrEqual, true, -1"
  })
  void refusesFormsThatCountZeroAsNegative(String comparison, boolean zeroFirst, float whenTrue) {
    Node where = choice(comparison, zeroFirst, constant(whenTrue), constant(-whenTrue));
    assertThat(SignPattern.of(where))
        .isEqualTo(
            Match.refused(
                comparison + " 'compare' does not count 0 as positive; use GreaterOrEqual(x, 0)"));
  }

  @Test
  void constantsMayRepeatOneNumber() {
    Node where = choice("GreaterOrEqual", false, constant(1, 1, 1), constant(-1));
    assertThat(SignPattern.of(where)).isEqualTo(Match.found(x));
  }

  @Test
  void refusesOtherLevels() {
    Node where = choice("GreaterOrEqual", false, constant(1), constant(0));
    assertThat(SignPattern.of(where))
        .isEqualTo(Match.refused("it gives 1.0 from 0 on and 0.0 below, expected 1 and -1"));
  }

  @Test
  void findsWhatItMakes() {
    Value sign = SignPattern.append(graph, "sign", x);
    assertThat(SignPattern.of(sign.producer().orElseThrow())).isEqualTo(Match.found(x));
  }
}
