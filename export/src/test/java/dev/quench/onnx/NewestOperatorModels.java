// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static dev.quench.onnx.NewOperatorModels.model;
import static dev.quench.onnx.NewOperatorModels.op;
import static dev.quench.onnx.NewOperatorModels.outputs;
import static dev.quench.onnx.NewOperatorModels.strings;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/// Models of one operator each that opsets 20 to 22 brought or changed.
final class NewestOperatorModels {
  private NewestOperatorModels() {}

  static Stream<Arguments> ofOpset20AndLater() {
    return Stream.of(
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
                            GraphMaker.bytes(DataType.FLOAT8E4M3FN, Shape.of(3), 0x38, 0xb8, 0x7e)),
                        made.constant("s", Tensor.scalar(2f))),
                    "y")),
        model(
            "Reshape",
            21,
            made ->
                made.output(op("Reshape", made.input("x", 2, 3), made.constant("s", 3, 2)), "y")),
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
                outputs(made, op("TopK", made.input("x", 6), made.constant("k", 3)), "v", "at")),
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
                    op("Conv", made.input("x", 1, 2, 4, 4), made.weights("w", 3, 2, 3, 3)), "y")),
        model(
            "MaxPoolInt8",
            22,
            made ->
                made.output(
                    op(
                            "MaxPool",
                            made.input(
                                "x",
                                GraphMaker.bytes(DataType.INT8, Shape.of(1, 1, 2, 2), 1, 2, 3, -4)))
                        .ints("kernel_shape", 2, 2),
                    "y")));
  }
}
