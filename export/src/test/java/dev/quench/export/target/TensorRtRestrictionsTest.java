// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import static dev.quench.export.target.TargetChecks.assertImported;
import static dev.quench.export.target.TargetChecks.assertRefused;
import static dev.quench.export.target.TargetChecks.check;
import static dev.quench.export.target.TargetChecks.computed;
import static dev.quench.export.target.TargetChecks.op;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertAll;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.SparseTensor;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which attributes and inputs of its operators TensorRT imports.
class TensorRtRestrictionsTest {
  @Test
  void poolingIsOverOneToThreeDimensionsUndilatedWithoutIndices() {
    assertAll(
        () ->
            assertImported(made ->
                made.output(
                    op("MaxPool", made.input("x", 1, 1, 4, 4)).ints("kernel_shape", 2, 2), "y")),
        () ->
            assertImported(made ->
                made.output(op("MaxPool", made.input("x", 1, 1, 4)).ints("kernel_shape", 2), "y")),
        () ->
            assertRefused(
                "MaxPool 'n'",
                "dilations",
                made ->
                    made.output(
                        op("MaxPool", made.input("x", 1, 1, 5, 5))
                            .ints("kernel_shape", 2, 2)
                            .ints("dilations", 2, 2),
                        "y")),
        () ->
            assertRefused(
                "MaxPool 'n'",
                "Indices",
                made ->
                    made.output(
                        made.node(
                                op("MaxPool", made.input("x", 1, 1, 4, 4))
                                    .ints("kernel_shape", 2, 2)
                                    .output("y")
                                    .output("at"))
                            .output(0))),
        () ->
            assertRefused(
                "LpPool 'n'",
                "dilations",
                made ->
                    made.output(
                        op("LpPool", made.input("x", 1, 1, 5, 5))
                            .ints("kernel_shape", 2, 2)
                            .ints("dilations", 2, 1),
                        "y")));
  }

  @Test
  void constantsAreDenseNumbers() {
    SparseTensor sparse =
        new SparseTensor(
            Tensor.ofFloats(Shape.of(1), 1), Tensor.ofLongs(Shape.of(1), 0), Shape.of(3));
    assertRefused(
        "Constant 'n'",
        "sparse",
        made ->
            made.output(
                op("Constant")
                    .attribute("sparse_value", new AttributeValue.SparseTensorValue(sparse)),
                "y"));
  }

  @Test
  void axesMustBeConstant() {
    Tensor axes = Tensor.vector(0);
    assertAll(
        () ->
            assertRefused(
                "ReduceMean 'n'",
                "axes",
                made ->
                    made.output(
                        op("ReduceMean", made.input("x", 2, 2), computed(made, "a", axes)), "y")),
        () ->
            assertRefused(
                "ReduceSum 'n'",
                "axes",
                made ->
                    made.output(
                        op("ReduceSum", made.input("x", 2, 2), computed(made, "a", axes)), "y")),
        () ->
            assertRefused(
                "Unsqueeze 'n'",
                "axes",
                made ->
                    made.output(
                        op("Unsqueeze", made.input("x", 2), computed(made, "a", axes)), "y")),
        () ->
            assertRefused(
                "Squeeze 'n'",
                "axes",
                made ->
                    made.output(
                        op("Squeeze", made.input("x", 1, 2), computed(made, "a", axes)), "y")),
        () ->
            assertRefused(
                "CumSum 'n'",
                "axis",
                made ->
                    made.output(
                        op("CumSum", made.input("x", 2), computed(made, "a", Tensor.scalar(0L))),
                        "y")),
        () ->
            assertImported(made ->
                made.output(
                    op(
                        "Slice",
                        made.input("x", 3, 3),
                        made.constant("from", 0),
                        made.constant("to", 1),
                        computed(made, "a", axes)),
                    "y")),
        () ->
            assertImported(made ->
                made.output(
                    op(
                        "Pad",
                        made.input("x", 3, 3),
                        made.constant("pads", 1, 1),
                        Value.ABSENT,
                        computed(made, "a", axes)),
                    "y")),
        () ->
            assertRefused(
                "OneHot 'n'",
                "depth",
                made ->
                    made.output(
                        op(
                            "OneHot",
                            made.input("x", axes),
                            computed(made, "depth", Tensor.scalar(3L)),
                            made.weights("v", 2)),
                        "y")));
  }

  @Test
  void shapesThatMustBeKnownAre() {
    assertRefused(
        "EyeLike 'n'",
        "not static",
        made -> {
          Value x =
              made.graph()
                  .addInput(
                      "x", ValueType.tensor(DataType.FLOAT, Shape.of(Dim.of("n"), Dim.of(2))));
          made.output(op("EyeLike", x), "y");
        });
    assertRefused(
        "Hardmax 'n'",
        "axis -1",
        made -> {
          Value x =
              made.graph()
                  .addInput(
                      "x", ValueType.tensor(DataType.FLOAT, Shape.of(Dim.of(2), Dim.of("n"))));
          made.output(op("Hardmax", x), "y");
        });
  }

  @Test
  void dropoutIsForInference() {
    Tensor ratio = Tensor.scalar(0.5f);
    assertImported(made ->
        made.output(
            op(
                "Dropout",
                made.input("x", 2),
                made.constant("r", ratio),
                made.constant("t", Tensor.ofBooleans(Shape.SCALAR, false))),
            "y"));
    assertRefused(
        "Dropout 'n'",
        "training_mode",
        made ->
            made.output(
                op(
                    "Dropout",
                    made.input("x", 2),
                    made.constant("r", ratio),
                    made.constant("t", Tensor.ofBooleans(Shape.SCALAR, true))),
                "y"));
  }

  @Test
  void layerNormalizationHasOneOutput() {
    assertRefused(
        "LayerNormalization 'n'",
        "outputs other than the first",
        made ->
            made.output(
                made.node(
                        op("LayerNormalization", made.input("x", 2, 3), made.weights("s", 3))
                            .output("y")
                            .output("mean"))
                    .output(0)));
  }

  @Test
  void topKIsSortedAndSmall() {
    assertRefused(
        "TopK 'n'",
        "sorted",
        made ->
            made.output(
                made.node(
                        op("TopK", made.input("x", 5), made.constant("k", 2))
                            .attribute("sorted", 0)
                            .output("y")
                            .output("at"))
                    .output(0)));
    assertRefused(
        "TopK 'n'",
        "3840",
        made ->
            made.output(
                made.node(
                        op("TopK", made.input("x", 5000), made.constant("k", 3840))
                            .output("y")
                            .output("at"))
                    .output(0)));
  }

  @Test
  void gridSampleTakesImages() {
    assertRefused(
        "GridSample 'n'",
        "rank 5",
        made ->
            made.output(
                op("GridSample", made.input("x", 1, 1, 2, 2, 2), made.input("g", 1, 2, 2, 2, 3)),
                "y"));
  }

  @Test
  void scatterHasNoReduction() {
    assertRefused(
        "ScatterND 'n'",
        "reduction is 'add'",
        made ->
            made.output(
                op(
                        "ScatterND",
                        made.input("x", 4),
                        made.constant("at", Tensor.ofLongs(Shape.of(1, 1), 1)),
                        made.input("u", 1))
                    .attribute("reduction", "add"),
                "y"));
  }

  @Test
  void deformableConvolutionHasEqualPadsAtBothEnds() {
    assertThat(
            check(
                19,
                made ->
                    made.output(
                        op(
                                "DeformConv",
                                made.input("x", 1, 1, 3, 3),
                                made.weights("w", 1, 1, 2, 2),
                                made.input("offset", 1, 8, 3, 3))
                            .ints("pads", 0, 0, 1, 1),
                        "y")))
        .extracting(Refusal::reason)
        .containsExactly("pads are [0, 0, 1, 1], expected the same at both ends");
  }

  @Test
  void resizeIsNearestLinearOrCubic() {
    assertImported(made -> made.output(resize(made).attribute("mode", "cubic"), "y"));
    assertRefused(
        "Resize 'n'",
        "coordinate_transformation_mode is 'tf_crop_and_resize'",
        made ->
            made.output(
                resize(made).attribute("coordinate_transformation_mode", "tf_crop_and_resize"),
                "y"));
    assertImported(made ->
        made.output(
            resize(made)
                .attribute("coordinate_transformation_mode", "asymmetric")
                .attribute("nearest_mode", "floor"),
            "y"));
  }

  private NodeBuilder resize(GraphMaker made) {
    return op(
        "Resize",
        made.input("x", 1, 1, 2, 2),
        made.constant("roi", Tensor.ofFloats(Shape.of(8), 0, 0, 0, 0, 1, 1, 1, 1)),
        made.constant("scales", Tensor.ofFloats(Shape.of(4), 1, 1, 2, 2)));
  }

  @Test
  void recurrentDirectionsHaveEqualActivations() {
    assertRefused(
        "RNN 'n'",
        "activations",
        made ->
            made.output(
                op(
                        "RNN",
                        made.input("x", 2, 1, 3),
                        made.weights("w", 2, 4, 3),
                        made.weights("r", 2, 4, 4))
                    .attribute("hidden_size", 4)
                    .attribute("direction", "bidirectional")
                    .attribute(
                        "activations",
                        new AttributeValue.Texts(
                            List.of(ByteString.of("Tanh"), ByteString.of("Relu")))),
                "y"));
  }

  @Test
  void lstmHasSeparateGates() {
    assertRefused(
        "LSTM 'n'",
        "input_forget",
        made ->
            made.output(
                op(
                        "LSTM",
                        made.input("x", 2, 1, 3),
                        made.weights("w", 1, 16, 3),
                        made.weights("r", 1, 16, 4))
                    .attribute("hidden_size", 4)
                    .attribute("input_forget", 1),
                "y"));
  }
}
