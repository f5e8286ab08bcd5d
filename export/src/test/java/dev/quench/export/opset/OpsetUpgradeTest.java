// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.opset;

import static dev.quench.export.opset.UpgradedModels.TO_13;
import static dev.quench.export.opset.UpgradedModels.only;
import static dev.quench.export.opset.UpgradedModels.upgraded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Execution;
import dev.quench.testing.GraphMaker;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpsetUpgradeTest {
  @Nested
  class AttributesBecomeInputs {
    @ParameterizedTest
    @ValueSource(longs = {7, 9})
    void slice(long opset) {
      GraphMaker made = new GraphMaker(opset, 1);
      Value x = made.input("x", 4, 6);
      made.output(
          NodeBuilder.of("Slice").inputs(x).ints("starts", 1).ints("ends", -1).ints("axes", 1),
          "y");
      Node slice = only(upgraded(made), "Slice");
      assertThat(slice.inputs()).hasSize(4);
      assertThat(slice.attributes()).isEmpty();
    }

    @Test
    void sliceWithoutAxes() {
      GraphMaker made = new GraphMaker(9, 2);
      Value x = made.input("x", 4, 6);
      made.output(NodeBuilder.of("Slice").inputs(x).ints("starts", 1, 0).ints("ends", 3, 2), "y");
      assertThat(only(upgraded(made), "Slice").inputs()).hasSize(3);
    }

    @Test
    void topK() {
      GraphMaker made = new GraphMaker(9, 3);
      Value x = made.input("x", 3, 7);
      Node node =
          made.node(
              NodeBuilder.of("TopK").inputs(x).attribute("k", 2).output("values").output("at"));
      made.output(node.output(0)).output(node.output(1));
      assertThat(only(upgraded(made), "TopK").input(1).constant()).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"constant", "reflect", "edge"})
    void pad(String mode) {
      GraphMaker made = new GraphMaker(10, 4);
      Value x = made.input("x", 3, 4);
      made.output(
          NodeBuilder.of("Pad")
              .inputs(x)
              .attribute("mode", mode)
              .attribute("value", 1.5f)
              .ints("pads", 1, 0, 1, 2),
          "y");
      assertThat(only(upgraded(made), "Pad").textAttribute("mode", "")).isEqualTo(mode);
    }

    @Test
    void clip() {
      GraphMaker made = new GraphMaker(10, 5);
      Value x = made.input("x", 5);
      made.output(
          NodeBuilder.of("Clip").inputs(x).attribute("min", -1f).attribute("max", 0.5f), "y");
      assertThat(only(upgraded(made), "Clip").inputs()).hasSize(3);
    }

    @Test
    void clipWithOneLimit() {
      GraphMaker made = new GraphMaker(7, 6);
      Value x = made.input("x", 5);
      made.output(NodeBuilder.of("Clip").inputs(x).attribute("max", 0.5f), "y");
      Node clip = only(upgraded(made), "Clip");
      assertThat(clip.input(1).isAbsent()).isTrue();
      assertThat(clip.input(2).isPresent()).isTrue();
    }

    @Test
    void limitsTakeTheTypeThatInferenceFinds() {
      GraphMaker made = new GraphMaker(7, 7);
      Value x = made.input("x", Tensor.ofDoubles(Shape.of(3), -2, 0.25, 2));
      Value inner = made.node(NodeBuilder.of("Neg").inputs(x).output("inner")).output(0);
      made.output(NodeBuilder.of("Clip").inputs(inner).attribute("min", -1f), "y");
      Model model = made.model();
      assertThat(TO_13.apply(model)).isTrue();
      assertThat(only(model, "Clip").input(1).dataType()).contains(DataType.DOUBLE);
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 10, 11})
    void dropout(long opset) {
      GraphMaker made = new GraphMaker(opset, 8);
      Value x = made.input("x", 5);
      made.output(NodeBuilder.of("Dropout").inputs(x).attribute("ratio", 0.25f), "y");
      assertThat(only(upgraded(made), "Dropout").input(1).constant().orElseThrow().toFloats())
          .containsExactly(0.25f);
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 9, 10})
    void dropoutWithAMaskThatNobodyReads(long opset) {
      GraphMaker made = new GraphMaker(opset, 8);
      Node dropout =
          made.node(NodeBuilder.of("Dropout").inputs(made.input("x", 5)).output("d").output("m"));
      made.output(NodeBuilder.of("Relu").inputs(dropout.output(0)), "y");
      ShapeInference.infer(made.model());

      Model model = upgraded(made);
      ShapeInference.infer(model);

      assertThat(only(model, "Dropout").output(1).dataType()).contains(DataType.BOOL);
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 11, 12})
    void squeezeAndUnsqueeze(long opset) {
      GraphMaker made = new GraphMaker(opset, 9);
      Value x = made.input("x", 1, 3, 1);
      Value squeezed =
          made.node(NodeBuilder.of("Squeeze").inputs(x).ints("axes", 0).output("s")).output(0);
      Value all = made.node(NodeBuilder.of("Squeeze").inputs(x).output("all")).output(0);
      made.output(NodeBuilder.of("Unsqueeze").inputs(squeezed).ints("axes", 0, 3), "y");
      made.output(all);
      assertThat(only(upgraded(made), "Unsqueeze").input(1).constant().orElseThrow().toLongs())
          .containsExactly(0, 3);
    }

    @Test
    void reduceSumButNotReduceMean() {
      GraphMaker made = new GraphMaker(11, 10);
      Value x = made.input("x", 2, 3, 4);
      made.output(NodeBuilder.of("ReduceSum").inputs(x).ints("axes", -1, 0), "sum");
      made.output(NodeBuilder.of("ReduceSum").inputs(x).attribute("keepdims", 0), "total");
      made.output(NodeBuilder.of("ReduceMean").inputs(x).ints("axes", 1), "mean");
      assertThat(only(upgraded(made), "ReduceMean").intsAttribute("axes")).isPresent();
    }

    @Test
    void split() {
      GraphMaker made = new GraphMaker(11, 11);
      Value x = made.input("x", 2, 6);
      Node uneven =
          made.node(
              NodeBuilder.of("Split")
                  .inputs(x)
                  .attribute("axis", 1)
                  .ints("split", 1, 5)
                  .output("a")
                  .output("b"));
      Node even =
          made.node(NodeBuilder.of("Split").inputs(x).attribute("axis", 1).output("c").output("d"));
      uneven.outputs().forEach(made::output);
      even.outputs().forEach(made::output);
      upgraded(made);
    }
  }

  @Test
  void scatterBecomesScatterElements() {
    GraphMaker made = new GraphMaker(9, 19);
    Value x = made.input("x", 3, 3);
    Value at = made.constant("at", Tensor.ofLongs(Shape.of(1, 3), 1, 0, 2));
    Value updates = made.weights("updates", 1, 3);
    made.output(NodeBuilder.of("Scatter").inputs(x, at, updates).attribute("axis", 0), "y");
    only(upgraded(made), "ScatterElements");
  }

  @Test
  void batchNormalizationLosesItsSpatialAttribute() {
    GraphMaker made = new GraphMaker(7, 20);
    Value x = made.input("x", 2, 3, 4, 4);
    Value variance = made.constant("var", Tensor.ofFloats(Shape.of(3), 1, 2, 3));
    made.output(
        NodeBuilder.of("BatchNormalization")
            .inputs(x, made.weights("s", 3), made.weights("b", 3), made.weights("m", 3), variance)
            .attribute("spatial", 1),
        "y");
    assertThat(only(upgraded(made), "BatchNormalization").attribute("spatial")).isEmpty();
  }

  @Test
  void refusesStatisticsForEachPosition() {
    GraphMaker made = new GraphMaker(7, 21);
    Value x = made.input("x", 2, 3);
    Value one = made.weights("one", 3);
    made.output(
        NodeBuilder.of("BatchNormalization")
            .name("norm")
            .inputs(x, one, one, one, one)
            .attribute("spatial", 0),
        "y");
    assertThatExceptionOfType(UnsupportedOperatorException.class)
        .isThrownBy(() -> TO_13.apply(made.model()))
        .withMessageContaining("BatchNormalization 'norm'");
  }

  @Test
  void upgradesNestedGraphs() {
    GraphMaker made = new GraphMaker(11, 22);
    Value x = made.input("x", 1, 4);
    Value condition = made.input("c", Tensor.ofBooleans(Shape.SCALAR, true));
    Graph yes = new Graph("yes", made.graph());
    yes.addOutput(
        yes.append(NodeBuilder.of("Squeeze").inputs(x).ints("axes", 0).output("yes_y")).output(0));
    Graph no = new Graph("no", made.graph());
    no.addOutput(
        no.append(
                NodeBuilder.of("ReduceSum")
                    .inputs(x)
                    .ints("axes", 0)
                    .attribute("keepdims", 0)
                    .output("no_y"))
            .output(0));
    made.output(
        NodeBuilder.of("If")
            .inputs(condition)
            .attribute("then_branch", new AttributeValue.GraphValue(yes))
            .attribute("else_branch", new AttributeValue.GraphValue(no)),
        "y");
    assertThat(only(upgraded(made), "Squeeze").input(1).graph().name()).isEqualTo("yes");
  }

  @Test
  void leavesNewModelsAlone() {
    GraphMaker made = new GraphMaker(17, 23);
    made.output(NodeBuilder.of("Relu").inputs(made.input("x", 2)), "y");
    Model model = made.model();
    assertThat(TO_13.apply(model)).isFalse();
    assertThat(model.opset()).isEqualTo(17);
  }

  @Test
  void refusesOpset6() {
    GraphMaker made = new GraphMaker(6, 24);
    made.output(NodeBuilder.of("Relu").inputs(made.input("x", 2)), "y");
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> TO_13.apply(made.model()))
        .withMessageContaining("opset 6");
  }

  @Test
  void refusesExperimentalOperators() {
    GraphMaker made = new GraphMaker(8, 25);
    made.output(
        NodeBuilder.of("ImageScaler").name("scaler").inputs(made.input("x", 1, 3, 2, 2)), "y");
    assertThatExceptionOfType(UnsupportedOperatorException.class)
        .isThrownBy(() -> TO_13.apply(made.model()))
        .withMessageContaining("ImageScaler 'scaler'");
  }

  @Test
  void refusesClipOfUnknownType() {
    GraphMaker made = new GraphMaker(9, 26);
    made.graph().setOpsets(made.graph().opsets().with("com.example", 1));
    Value odd =
        made.node(
                NodeBuilder.of("Odd").domain("com.example").inputs(made.input("x", 2)).output("o"))
            .output(0);
    made.output(NodeBuilder.of("Clip").name("limit").inputs(odd).attribute("min", 0f), "y");
    assertThatExceptionOfType(UnsupportedOperatorException.class)
        .isThrownBy(() -> TO_13.apply(made.model()))
        .withMessageContaining("Clip 'limit'")
        .withMessageContaining("min");
  }

  @Test
  void keepsRoiAlignCoordinatesFromOpset16On() {
    GraphMaker made = new GraphMaker(11, 27);
    Value x = made.input("x", 1, 1, 6, 6);
    Value rois = made.input("rois", Tensor.ofFloats(Shape.of(1, 4), 0, 0, 4, 4));
    Value batch = made.input("batch", Tensor.vector(0));
    made.output(
        NodeBuilder.of("RoiAlign")
            .inputs(x, rois, batch)
            .attribute("output_height", 2)
            .attribute("output_width", 2),
        "y");
    Model model = made.model();
    Map<String, Tensor> before = Execution.run(model, made.inputs());
    assertThat(new OpsetUpgrade(16).apply(model)).isTrue();
    Execution.assertSameBits(Execution.run(model, made.inputs()), before);
  }

  @Test
  void refusesTargetsItDoesNotKnow() {
    assertThatIllegalArgumentException().isThrownBy(() -> new OpsetUpgrade(12));
    assertThatIllegalArgumentException().isThrownBy(() -> new OpsetUpgrade(23));
  }
}
