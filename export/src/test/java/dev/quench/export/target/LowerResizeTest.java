// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Execution;
import dev.quench.testing.GraphMaker;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LowerResizeTest {
  private static final LowerResize PASS = new LowerResize();

  /// Lowers, and compares the outputs before and after bit by bit.
  private static Node lowered(GraphMaker made) {
    Model model = made.model();
    Map<String, Tensor> before = Execution.run(model, made.inputs());
    assertThat(PASS.apply(model)).isTrue();
    GraphValidator.validate(model);
    Execution.assertSameBits(Execution.run(model, made.inputs()), before);
    assertThat(PASS.apply(model)).isFalse();
    assertThat(TensorRtTarget.check(model)).isEmpty();
    return model.graph().nodes().stream()
        .filter(node -> node.is("Resize"))
        .findFirst()
        .orElseThrow();
  }

  private static Tensor scales(float... values) {
    return Tensor.ofFloats(Shape.of(values.length), values);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nearest", "linear"})
  void upsampleBecomesResize(String mode) {
    GraphMaker made = new GraphMaker(9, 1);
    Value x = made.input("x", 1, 2, 3, 5);
    Value factors = made.constant("f", scales(1, 1, 2, 3));
    made.output(NodeBuilder.of("Upsample").inputs(x, factors).attribute("mode", mode), "y");
    assertThat(lowered(made).opset()).isEqualTo(13);
  }

  @Test
  void sizesComputedFromAStaticShapeBecomeConstant() {
    GraphMaker made = new GraphMaker(17, 2);
    Value x = made.input("x", 1, 2, 3, 5);
    Value like = made.input("like", 1, 2, 7, 9);
    Value shape = made.node(NodeBuilder.of("Shape").inputs(like).output("shape")).output(0);
    Value none = made.constant("none", Tensor.ofFloats(Shape.of(0)));
    made.output(
        NodeBuilder.of("Resize").inputs(x, none, none, shape).attribute("mode", "linear"), "y");
    Node resize = lowered(made);
    assertThat(resize.input(3).constant().orElseThrow().toLongs()).containsExactly(1, 2, 7, 9);
    assertThat(resize.input(1).isAbsent()).isTrue();
    assertThat(resize.input(2).isAbsent()).isTrue();
  }

  @Test
  void scalesOfSomeAxesBecomeScalesOfAll() {
    GraphMaker made = new GraphMaker(18, 3);
    Value x = made.input("x", 1, 2, 3, 5);
    Value factors = made.constant("f", scales(2, 1.5f));
    made.output(
        NodeBuilder.of("Resize")
            .inputs(x, Value.ABSENT, factors)
            .ints("axes", -1, 2)
            .attribute("mode", "linear"),
        "y");
    assertThat(lowered(made).input(2).constant().orElseThrow().toFloats())
        .containsExactly(1, 1, 1.5f, 2);
  }

  @Test
  void symmetricCoordinatesAreOrdinaryOnesAtWholeFactors() {
    GraphMaker made = new GraphMaker(19, 4);
    Value x = made.input("x", 1, 1, 3, 5);
    Value factors = made.constant("f", scales(1, 1, 2, 4));
    made.output(
        NodeBuilder.of("Resize")
            .inputs(x, Value.ABSENT, factors)
            .attribute("mode", "linear")
            .attribute("coordinate_transformation_mode", "half_pixel_symmetric"),
        "y");
    assertThat(lowered(made).textAttribute("coordinate_transformation_mode", ""))
        .isEqualTo("half_pixel");
  }

  @Test
  void symmetricCoordinatesStayAtOthers() {
    GraphMaker made = new GraphMaker(19, 5);
    Value x = made.input("x", 1, 1, 3, 5);
    Value factors = made.constant("f", scales(1, 1, 1.3f, 1));
    made.output(
        NodeBuilder.of("Resize")
            .inputs(x, Value.ABSENT, factors)
            .attribute("mode", "linear")
            .attribute("coordinate_transformation_mode", "half_pixel_symmetric"),
        "y");
    Model model = made.model();
    assertThat(PASS.apply(model)).isFalse();
    assertThat(TensorRtTarget.check(model))
        .singleElement()
        .satisfies(refusal -> assertThat(refusal.reason()).contains("half_pixel_symmetric"));
  }

  @Test
  void antialiasGoesWhereNothingShrinks() {
    GraphMaker made = new GraphMaker(18, 6);
    Value x = made.input("x", 1, 1, 4, 5);
    Value factors = made.constant("f", scales(1, 1, 2, 2));
    made.output(
        NodeBuilder.of("Resize")
            .inputs(x, Value.ABSENT, factors)
            .attribute("mode", "linear")
            .attribute("antialias", 1),
        "y");
    Model model = made.model();
    float[] before = Execution.run(model, made.inputs()).get("y").toFloats();
    assertThat(PASS.apply(model)).isTrue();
    assertThat(TensorRtTarget.check(model)).isEmpty();
    // The antialiasing path sums the same weights in another order.
    assertThat(Execution.run(model, made.inputs()).get("y").toFloats())
        .containsExactly(before, within(2e-6f));
  }

  @Test
  void antialiasStaysWhereSomethingShrinks() {
    GraphMaker made = new GraphMaker(18, 7);
    Value x = made.input("x", 1, 1, 4, 6);
    Value factors = made.constant("f", scales(1, 1, 2, 0.5f));
    made.output(
        NodeBuilder.of("Resize")
            .inputs(x, Value.ABSENT, factors)
            .attribute("mode", "linear")
            .attribute("antialias", 1),
        "y");
    assertThat(PASS.apply(made.model())).isFalse();
  }

  @Test
  void sizesThatDependOnAFreeDimensionStayComputed() {
    GraphMaker made = new GraphMaker(17, 8);
    Value x = made.input("x", 1, 2, 3, 5);
    Value like =
        made.graph()
            .addInput(
                "like",
                ValueType.tensor(
                    DataType.FLOAT, Shape.of(Dim.of(1), Dim.of(2), Dim.of("H"), Dim.of("W"))));
    Value shape = made.node(NodeBuilder.of("Shape").inputs(like).output("shape")).output(0);
    made.output(
        NodeBuilder.of("Resize")
            .inputs(x, Value.ABSENT, Value.ABSENT, shape)
            .attribute("mode", "linear"),
        "y");
    assertThat(PASS.apply(made.model())).isFalse();
  }
}
