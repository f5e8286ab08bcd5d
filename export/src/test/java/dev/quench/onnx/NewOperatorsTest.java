// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Execution;
import dev.quench.testing.GraphMaker;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Operators that came or changed in opsets 17 to 22, which ONNX's packaged conformance suite does
/// not reach: one small model each, run by ONNX Runtime before and after writing and reading.
class NewOperatorsTest {
  /// Fills a graph with one operator.
  @FunctionalInterface
  interface Recipe {
    void fill(GraphMaker made);
  }

  private static Arguments model(String name, int opset, Recipe recipe) {
    return Arguments.of(name + "-" + opset, opset, recipe);
  }

  private static NodeBuilder op(String opType, Value... inputs) {
    return NodeBuilder.of(opType).inputs(inputs);
  }

  private static void outputs(GraphMaker made, NodeBuilder builder, String... names) {
    for (String name : names) {
      builder.output(name);
    }
    Node node = made.node(builder);
    node.outputs().forEach(made::output);
  }

  private static Tensor strings(String... values) {
    return Tensor.ofStrings(
        Shape.of(values.length), Stream.of(values).map(ByteString::of).toList());
  }

  static Stream<Arguments> models() {
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
                        op("Gelu", made.input("x", 5)).attribute("approximate", "tanh"), "y")),
            model("Gelu", 20, made -> made.output(op("Gelu", made.input("x", 5)), "y")),
            model(
                "QuantizeLinearBlocked",
                21,
                made ->
                    made.output(
                        op(
                                "QuantizeLinear",
                                made.input("x", 4, 2),
                                made.constant(
                                    "s", Tensor.ofFloats(Shape.of(2, 2), 0.1f, 0.2f, 0.3f, 0.4f)))
                            .attribute("axis", 0)
                            .attribute("block_size", 2)
                            .attribute("output_dtype", DataType.INT8.onnxCode()),
                        "y")),
            model(
                "DequantizeLinearInt4",
                21,
                made -> {
                  Tensor packed =
                      Tensor.of(
                          DataType.INT4,
                          Shape.of(5),
                          MemorySegment.ofArray(new byte[] {0x21, (byte) 0xf8, 0x07}));
                  made.output(
                      op(
                          "DequantizeLinear",
                          made.constant("q", packed),
                          made.constant("s", Tensor.scalar(0.5f))),
                      "y");
                }),
            model(
                "DequantizeLinearFloat8",
                19,
                made ->
                    made.output(
                        op(
                            "DequantizeLinear",
                            made.constant(
                                "q",
                                GraphMaker.bytes(
                                    DataType.FLOAT8E4M3FN, Shape.of(3), 0x38, 0xb8, 0x7e)),
                            made.constant("s", Tensor.scalar(2f))),
                        "y")),
            model(
                "Reshape",
                21,
                made ->
                    made.output(
                        op("Reshape", made.input("x", 2, 3), made.constant("s", 3, 2)), "y")),
            model(
                "CastSaturate",
                19,
                made -> {
                  Value eight =
                      made.node(
                              op("Cast", made.input("x", Tensor.ofFloats(Shape.of(2), 1000, -1)))
                                  .attribute("to", DataType.FLOAT8E5M2.onnxCode())
                                  .attribute("saturate", 0)
                                  .output("e"))
                          .output(0);
                  made.output(op("Cast", eight).attribute("to", DataType.FLOAT.onnxCode()), "y");
                }),
            model(
                "AveragePoolDilations",
                19,
                made ->
                    made.output(
                        op("AveragePool", made.input("x", 1, 1, 6, 6))
                            .ints("kernel_shape", 2, 2)
                            .ints("dilations", 2, 2),
                        "y")),
            model(
                "DeformConv",
                19,
                made ->
                    made.output(
                        op(
                                "DeformConv",
                                made.input("x", 1, 1, 3, 3),
                                made.weights("w", 1, 1, 2, 2),
                                made.input("offset", 1, 8, 2, 2))
                            .ints("kernel_shape", 2, 2),
                        "y")),
            model(
                "EqualString",
                19,
                made ->
                    made.output(
                        op(
                            "Equal",
                            made.input("a", strings("x", "ü")),
                            made.input("b", strings("y", "ü"))),
                        "y")),
            model(
                "GridSample",
                20,
                made ->
                    made.output(
                        op("GridSample", made.input("x", 1, 1, 4, 4), made.input("g", 1, 2, 2, 2))
                            .attribute("mode", "linear"),
                        "y")),
            model(
                "GridSample",
                22,
                made ->
                    made.output(
                        op("GridSample", made.input("x", 1, 1, 4, 4), made.input("g", 1, 2, 2, 2))
                            .attribute("mode", "nearest")
                            .attribute("align_corners", 1),
                        "y")),
            model(
                "ConstantOfShape",
                20,
                made ->
                    made.output(
                        op("ConstantOfShape", made.constant("s", 2, 2))
                            .attribute("value", AttributeValue.of(Tensor.ofInts(Shape.of(1), 7))),
                        "y")),
            model(
                "IsInf",
                20,
                made ->
                    made.output(
                        op(
                                "IsInf",
                                made.input(
                                    "x", Tensor.ofFloats(Shape.of(2), 1, Float.NEGATIVE_INFINITY)))
                            .attribute("detect_negative", 0),
                        "y")),
            model(
                "StringConcat",
                20,
                made ->
                    made.output(
                        op(
                            "StringConcat",
                            made.input("a", strings("x", "")),
                            made.input("b", strings("y", "z"))),
                        "y")),
            model(
                "RegexFullMatch",
                20,
                made ->
                    made.output(
                        op("RegexFullMatch", made.input("a", strings("ab", "b")))
                            .attribute("pattern", "a.*"),
                        "y")),
            model(
                "StringSplit",
                20,
                made ->
                    outputs(
                        made,
                        op("StringSplit", made.input("a", strings("a b", "c")))
                            .attribute("delimiter", " "),
                        "parts",
                        "counts")),
            model(
                "AffineGrid",
                20,
                made ->
                    made.output(
                        op("AffineGrid", made.input("t", 1, 2, 3), made.constant("s", 1, 1, 2, 2)),
                        "y")),
            model(
                "TopK",
                21,
                made ->
                    outputs(
                        made, op("TopK", made.input("x", 6), made.constant("k", 3)), "v", "at")),
            model(
                "ScatterElementsMax",
                18,
                made ->
                    made.output(
                        op(
                                "ScatterElements",
                                made.input("x", 4),
                                made.constant("at", 1, 1),
                                made.input("u", 2))
                            .attribute("reduction", "max"),
                        "y")),
            model(
                "DFT",
                20,
                made ->
                    made.output(
                        op(
                            "DFT",
                            made.input("x", 1, 4, 1),
                            Value.ABSENT,
                            made.constant("axis", Tensor.scalar(1L))),
                        "y")),
            model(
                "BFloat16Cast",
                21,
                made -> {
                  Value half =
                      made.node(
                              op("Cast", made.input("x", 3))
                                  .attribute("to", DataType.BFLOAT16.onnxCode())
                                  .output("h"))
                          .output(0);
                  made.output(half);
                }),
            model(
                "Conv",
                22,
                made ->
                    made.output(
                        op("Conv", made.input("x", 1, 2, 4, 4), made.weights("w", 3, 2, 3, 3)),
                        "y")),
            model(
                "MaxPoolInt8",
                22,
                made ->
                    made.output(
                        op(
                                "MaxPool",
                                made.input(
                                    "x",
                                    GraphMaker.bytes(
                                        DataType.INT8, Shape.of(1, 1, 2, 2), 1, 2, 3, -4)))
                            .ints("kernel_shape", 2, 2),
                        "y")));
    return Stream.concat(reductions, others);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void computesTheSameBitsAfterWritingAndReading(String name, int opset, Recipe recipe) {
    GraphMaker made = new GraphMaker(opset, name.hashCode());
    recipe.fill(made);
    Model model = made.model(10);
    Model again = OnnxReader.read(OnnxWriter.toBytes(model), name);
    assertThat(again.opset()).isEqualTo(opset);
    Execution.assertSameBits(
        Execution.run(again, made.inputs()), Execution.run(model, made.inputs()));
    assertThat(OnnxWriter.toBytes(again)).isEqualTo(OnnxWriter.toBytes(model));
  }
}
