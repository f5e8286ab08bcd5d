// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/// Models of one operator each that opsets 17 to 19 brought or changed.
final class NewOperatorModels {
  private NewOperatorModels() {}

  /// Fills a graph with one operator.
  @FunctionalInterface
  interface Recipe {
    void fill(GraphMaker made);
  }

  static Arguments model(String name, int opset, Recipe recipe) {
    return Arguments.of(name + "-" + opset, opset, recipe);
  }

  static NodeBuilder op(String opType, Value... inputs) {
    return NodeBuilder.of(opType).inputs(inputs);
  }

  static void outputs(GraphMaker made, NodeBuilder builder, String... names) {
    for (String name : names) {
      builder.output(name);
    }
    Node node = made.node(builder);
    node.outputs().forEach(made::output);
  }

  static Tensor strings(String... values) {
    return Tensor.ofStrings(
        Shape.of(values.length), Stream.of(values).map(ByteString::of).toList());
  }

  static Stream<Arguments> ofOpsets17To19() {
    Stream<Arguments> reductions =
        Stream.of(
                "ReduceMax",
                "ReduceMin",
                "ReduceMean",
                "ReduceProd",
                "ReduceL1",
                "ReduceL2",
                "ReduceLogSumExp",
                "ReduceSumSquare")
            .map(opType ->
                model(
                    opType,
                    18,
                    made ->
                        made.output(
                            op(opType, made.input("x", 2, 3, 4), made.constant("a", -1, 0)), "y")));
    Stream<Arguments> others =
        Stream.of(
            model(
                "LayerNormalization",
                17,
                made ->
                    made.output(
                        op(
                            "LayerNormalization",
                            made.input("x", 2, 5),
                            made.weights("s", 5),
                            made.weights("b", 5)),
                        "y")),
            model(
                "ReduceMaxOfNoAxes",
                18,
                made ->
                    made.output(
                        op("ReduceMax", made.input("x", 2, 3)).attribute("noop_with_empty_axes", 1),
                        "y")),
            model(
                "ReduceMaxBool",
                20,
                made ->
                    made.output(
                        op(
                            "ReduceMax",
                            made.input(
                                "x", Tensor.ofBooleans(Shape.of(2, 2), true, false, false, false)),
                            made.constant("a", 1)),
                        "y")),
            model(
                "SplitNumOutputs",
                18,
                made ->
                    outputs(
                        made,
                        op("Split", made.input("x", 7)).attribute("num_outputs", 3),
                        "a",
                        "b",
                        "c")),
            model(
                "ResizeAxesAndAntialias",
                18,
                made ->
                    made.output(
                        op(
                                "Resize",
                                made.input("x", 1, 1, 8, 8),
                                Value.ABSENT,
                                Value.ABSENT,
                                made.constant("sizes", 3, 5))
                            .ints("axes", 2, 3)
                            .attribute("mode", "linear")
                            .attribute("antialias", 1),
                        "y")),
            model(
                "ResizeHalfPixelSymmetric",
                19,
                made ->
                    made.output(
                        op(
                                "Resize",
                                made.input("x", 1, 1, 5, 5),
                                Value.ABSENT,
                                made.constant(
                                    "scales", Tensor.ofFloats(Shape.of(4), 1, 1, 1.7f, 2)))
                            .attribute("mode", "linear")
                            .attribute("coordinate_transformation_mode", "half_pixel_symmetric"),
                        "y")),
            model(
                "PadAxes",
                18,
                made ->
                    made.output(
                        op(
                            "Pad",
                            made.input("x", 2, 3),
                            made.constant("pads", 1, 2),
                            made.constant("v", Tensor.scalar(9f)),
                            made.constant("axes", 1)),
                        "y")),
            model(
                "PadWrap",
                19,
                made ->
                    made.output(
                        op("Pad", made.input("x", 3, 4), made.constant("pads", 0, 2, 0, 1))
                            .attribute("mode", "wrap"),
                        "y")),
            model("Mish", 18, made -> made.output(op("Mish", made.input("x", 5)), "y")),
            model(
                "BitwiseAnd",
                18,
                made ->
                    made.output(
                        op(
                            "BitwiseAnd",
                            made.input("a", Tensor.ofInts(Shape.of(2), 12, 7)),
                            made.input("b", Tensor.ofInts(Shape.of(2), 10, 5))),
                        "y")),
            model(
                "GroupNormalization",
                21,
                made ->
                    made.output(
                        op(
                                "GroupNormalization",
                                made.input("x", 2, 4, 3),
                                made.weights("s", 4),
                                made.weights("b", 4))
                            .attribute("num_groups", 2),
                        "y")),
            model(
                "GeluTanh",
                20,
                made ->
                    made.output(
                        op("Gelu", made.input("x", 5)).attribute("approximate", "tanh"), "y")));
    return Stream.concat(reductions, others);
  }
}
