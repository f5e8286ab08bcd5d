// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.opset;

import static dev.quench.export.opset.UpgradedModels.TO_13;
import static dev.quench.export.opset.UpgradedModels.only;
import static dev.quench.export.opset.UpgradedModels.upgraded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Upsample and Resize become the Resize of newer opsets.
class ResizeUpgradeTest {
  @ParameterizedTest
  @CsvSource({"nearest,2,3", "nearest,1.5,2.5", "linear,2,3", "linear,1.5,2.25"})
  void upsampleWithAttribute(String mode, float height, float width) {
    GraphMaker made = new GraphMaker(7, 15);
    Value x = made.input("x", 1, 2, 4, 5);
    AttributeValue scales = new AttributeValue.Floats(List.of(1f, 1f, height, width));
    made.output(
        NodeBuilder.of("Upsample")
            .name("up")
            .inputs(x)
            .attribute("mode", mode)
            .attribute("scales", scales),
        "y");
    assertThat(only(upgraded(made), "Resize").name()).isEqualTo("up");
  }

  @Test
  void upsampleWithInput() {
    GraphMaker made = new GraphMaker(9, 16);
    Value x = made.input("x", 1, 1, 3, 3);
    Value scales = made.constant("scales", Tensor.ofFloats(Shape.of(4), 1, 1, 2, 2));
    made.output(NodeBuilder.of("Upsample").inputs(x, scales), "y");
    upgraded(made);
  }

  @ParameterizedTest
  @CsvSource({
    "nearest,2,2",
    "nearest,0.5,0.5",
    "nearest,0.7,1",
    "nearest,0.6,0.4",
    "linear,0.5,0.5",
    "linear,1.3,0.7"
  })
  void resizeOfOpset10(String mode, float height, float width) {
    GraphMaker made = new GraphMaker(10, 17);
    Value x = made.input("x", 1, 2, 7, 9);
    Value scales = made.constant("scales", Tensor.ofFloats(Shape.of(4), 1, 1, height, width));
    made.output(NodeBuilder.of("Resize").inputs(x, scales).attribute("mode", mode), "y");
    upgraded(made);
  }

  @Test
  void refusesNearestThatEnlargesAndShrinks() {
    GraphMaker made = new GraphMaker(10, 18);
    Value x = made.input("x", 1, 2, 7, 9);
    Value scales = made.constant("scales", Tensor.ofFloats(Shape.of(4), 1, 1, 2, 0.5f));
    made.output(NodeBuilder.of("Resize").name("mixed").inputs(x, scales), "y");
    assertThatExceptionOfType(UnsupportedOperatorException.class)
        .isThrownBy(() -> TO_13.apply(made.model()))
        .withMessageContaining("Resize 'mixed'");
  }
}
