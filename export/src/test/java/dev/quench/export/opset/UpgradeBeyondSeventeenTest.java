// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.opset;

import static dev.quench.export.opset.UpgradedModels.only;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Execution;
import dev.quench.testing.GraphMaker;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Upgrades between opsets 17 and 22.
class UpgradeBeyondSeventeenTest {
  private static Model raised(GraphMaker made, int target) {
    Model model = made.model();
    Map<String, Tensor> before = Execution.run(model, made.inputs());
    assertThat(new OpsetUpgrade(target).apply(model)).isTrue();
    GraphValidator.validate(model);
    assertThat(model.opset()).isEqualTo(target);
    Execution.assertSameBits(Execution.run(model, made.inputs()), before);
    return model;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceProd", "ReduceL1"})
  void axesOfReductionsBecomeAnInput(String opType) {
    GraphMaker made = new GraphMaker(13, 30);
    Value x = made.input("x", 2, 3, 4);
    made.output(NodeBuilder.of(opType).inputs(x).ints("axes", -1, 0).attribute("keepdims", 0), "y");
    Model model = raised(made, 19);
    assertThat(only(model, opType).input(1).constant()).isPresent();
    assertThat(model.irVersion()).isEqualTo(9);
  }

  @Test
  void anEvenSplitSaysInHowMany() {
    GraphMaker made = new GraphMaker(13, 31);
    Value x = made.input("x", 6, 2);
    Node split = made.node(NodeBuilder.of("Split").inputs(x).output("a").output("b").output("c"));
    split.outputs().forEach(made::output);
    assertThat(only(raised(made, 18), "Split").intAttribute("num_outputs", 0)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bilinear", "bicubic", "nearest"})
  void gridSampleModesAreRenamed(String mode) {
    GraphMaker made = new GraphMaker(16, 32);
    Value x = made.input("x", 1, 1, 4, 4);
    Value grid = made.input("grid", 1, 3, 3, 2);
    made.output(NodeBuilder.of("GridSample").inputs(x, grid).attribute("mode", mode), "y");
    assertThat(only(raised(made, 22), "GridSample").textAttribute("mode", ""))
        .isIn("linear", "cubic", "nearest");
  }

  @Test
  void groupNormalizationByGroupIsRefused() {
    GraphMaker made = new GraphMaker(18, 33);
    Value x = made.input("x", 1, 4, 2);
    made.output(
        NodeBuilder.of("GroupNormalization")
            .inputs(x, made.weights("s", 2), made.weights("b", 2))
            .attribute("num_groups", 2),
        "y");
    assertThatExceptionOfType(UnsupportedOperatorException.class)
        .isThrownBy(() -> new OpsetUpgrade(22).apply(made.model()))
        .withMessageContaining("scales by group");
  }
}
