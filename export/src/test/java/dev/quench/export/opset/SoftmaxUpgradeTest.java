// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.opset;

import static dev.quench.export.opset.UpgradedModels.only;
import static dev.quench.export.opset.UpgradedModels.upgraded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.testing.GraphMaker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Softmax over several axes becomes one axis.
class SoftmaxUpgradeTest {
  @ParameterizedTest
  @CsvSource({
    "Softmax,0",
    "Softmax,1",
    "Softmax,2",
    "Softmax,-1",
    "Softmax,-2",
    "LogSoftmax,1",
    "Hardmax,1"
  })
  void isFlattened(String opType, int axis) {
    GraphMaker made = new GraphMaker(11, 12);
    Value x = made.input("x", 2, 3, 4);
    made.output(NodeBuilder.of(opType).name("soft").inputs(x).attribute("axis", axis), "y");
    Model model = upgraded(made);
    assertThat(only(model, opType).name()).isEqualTo("soft");
    assertThat(model.graph().outputs().getFirst().name()).isEqualTo("y");
    assertThat(model.graph().nodes()).hasSize(axis == 2 || axis == -1 ? 1 : 4);
  }

  @Test
  void keepsTheOldDefaultAxis() {
    GraphMaker made = new GraphMaker(7, 13);
    Value x = made.input("x", 2, 3, 4);
    made.output(NodeBuilder.of("Softmax").inputs(x), "y");
    assertThat(upgraded(made).graph().nodes()).hasSize(4);
  }

  @Test
  void isOneNodeWhereOnlyOneAxisIsLargerThanOne() {
    GraphMaker made = new GraphMaker(11, 14);
    Value x = made.input("x", 2, 5, 1, 1);
    made.output(NodeBuilder.of("Softmax").inputs(x).attribute("axis", 1), "y");
    Model model = upgraded(made);
    assertThat(model.graph().nodes()).hasSize(1);
  }
}
