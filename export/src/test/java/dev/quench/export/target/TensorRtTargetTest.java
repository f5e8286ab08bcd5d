// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertAll;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.AttributeValue.GraphValue;
import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.onnx.OnnxReader;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.SparseTensor;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class TensorRtTargetTest {
  private static List<Refusal> check(long opset, Consumer<GraphMaker> graph) {
    GraphMaker made = new GraphMaker(opset, 1);
    graph.accept(made);
    return TensorRtTarget.check(made.model());
  }

  private static void assertImported(Consumer<GraphMaker> graph) {
    assertThat(check(18, graph)).isEmpty();
  }

  private static void assertRefused(String node, String reason, Consumer<GraphMaker> graph) {
    assertThat(check(18, graph))
        .singleElement()
        .satisfies(refusal -> {
          assertThat(refusal.node()).isEqualTo(node);
          assertThat(refusal.reason()).contains(reason);
          assertThat(refusal.remedy()).isNotBlank();
        });
  }

  private static NodeBuilder op(String opType, Value... inputs) {
    return NodeBuilder.of(opType).name("n").inputs(inputs);
  }

  /// A value that is computed from a graph input and thus not constant.
  private static Value computed(GraphMaker made, String name, Tensor like) {
    return made.node(NodeBuilder.of("Identity").inputs(made.input(name + "_in", like)).output(name))
        .output(0);
  }

  @Test
  void importsTheTrainedNetwork() throws IOException {
    assertThat(
            TensorRtTarget.check(
                OnnxReader.read(Path.of("src/test/resources/nin-fashion-mnist.onnx"))))
        .isEmpty();
  }

  @Nested
  class Operators {
    @Test
    void thatAreNotImportedAreNamedWithARemedy() {
      assertRefused(
          "Det 'n'", "does not import", made -> made.output(op("Det", made.input("x", 2, 2)), "y"));
      assertThat(
              check(
                  18,
                  made ->
                      made.output(
                          op(
                              "BitwiseAnd",
                              made.input("a", Tensor.ofInts(Shape.of(1), 1)),
                              made.input("b", Tensor.ofInts(Shape.of(1), 1))),
                          "y")))
          .singleElement()
          .satisfies(refusal -> assertThat(refusal.remedy()).contains("unpacked"));
    }

    @Test
    void thatTheMatrixDoesNotHaveAreRefused() {
      assertRefused(
          "NewThing 'n'",
          "operator matrix",
          made -> made.output(op("NewThing", made.input("x", 2)), "y"));
    }

    @Test
    void ofUnknownDomainsNeedAPlugin() {
      assertThat(
              check(
                  18,
                  made -> {
                    made.graph().setOpsets(made.graph().opsets().with("com.example", 1));
                    made.output(op("Thing", made.input("x", 2)).domain("com.example"), "y");
                  }))
          .singleElement()
          .satisfies(refusal -> {
            assertThat(refusal.node()).isEqualTo("com.example.Thing 'n'");
            assertThat(refusal.remedy()).contains("plug-in");
          });
    }

    @Test
    void ofTheModelsOwnFunctionsAreJudgedByTheirBody() {
      GraphMaker made = new GraphMaker(18, 1);
      made.graph().setOpsets(made.graph().opsets().with("local", 1));
      made.output(op("Twice", made.input("x", 2)).domain("local"), "y");
      Graph body = new Graph("Twice", OpsetImports.onnx(18));
      Value in = body.addInput("in", null);
      body.addOutput(body.append(NodeBuilder.of("Unique").inputs(in).output("out")).output(0));
      Model model = made.model();
      model
          .functions()
          .add(new Function("local", "Twice", "", body, List.of(), Map.of(), Map.of()));
      assertThat(TensorRtTarget.check(model))
          .extracting(Refusal::node)
          .containsExactly("Unique 'out'");
    }

    @Test
    void inNestedGraphsAreFound() {
      assertRefused(
          "Det 'inner' in graph 'yes'",
          "does not import",
          made -> {
            Value x = made.input("x", 2, 2);
            Value condition = made.input("c", Tensor.ofBooleans(Shape.SCALAR, true));
            Graph yes = new Graph("yes", made.graph());
            yes.addOutput(yes.append(op("Det", x).name("inner").output("yes_y")).output(0));
            Graph no = new Graph("no", made.graph());
            no.addOutput(
                no.append(
                        op("ReduceSum", x)
                            .attribute("keepdims", 0)
                            .output("no_y", ValueType.tensor(DataType.FLOAT, Shape.SCALAR)))
                    .output(0));
            made.output(branch(condition, yes, no), "y");
          });
    }

    @Test
    void ofAnOpsetOutsideTheParsersRangeAreRefusedOnce() {
      Consumer<GraphMaker> relu = made -> made.output(op("Relu", made.input("x", 2)), "y");
      assertThat(check(8, relu)).extracting(Refusal::node).containsExactly("model");
      assertThat(check(25, relu)).extracting(Refusal::node).containsExactly("model");
      assertThat(check(9, relu)).isEmpty();
      assertThat(check(24, relu)).isEmpty();
    }
  }

  @Nested
  class ElementTypes {
    @Test
    void integersDoNotGoThroughFloatOperators() {
      assertRefused(
          "MatMul 'n'",
          "INT32, expected FLOAT, FLOAT16, BFLOAT16",
          made -> {
            Value x = made.input("x", Tensor.ofInts(Shape.of(1, 1), 4));
            made.output(op("MatMul", x, x), "y");
          });
    }

    @Test
    void doublesCountAsFloats() {
      assertImported(
          made -> made.output(op("Relu", made.input("x", Tensor.ofDoubles(Shape.of(1), 4))), "y"));
    }

    @Test
    void bytesOfAnImageMayBeCast() {
      assertImported(made -> {
        Value x = made.input("x", GraphMaker.bytes(DataType.UINT8, Shape.of(1), 4));
        made.output(op("Cast", x).attribute("to", DataType.FLOAT.onnxCode()), "y");
      });
    }

    @Test
    void bytesOfAnImageMayNotBeComputedWith() {
      assertRefused(
          "Add 'n'",
          "UINT8",
          made -> {
            Value x = made.input("x", GraphMaker.bytes(DataType.UINT8, Shape.of(1), 4));
            made.output(op("Add", x, x), "y");
          });
    }

    @Test
    void stringsCannotBeFed() {
      assertThat(
              check(
                  18,
                  made -> {
                    Tensor text = Tensor.ofStrings(Shape.of(1), List.of(ByteString.of("a")));
                    made.output(op("Identity", made.input("x", text)), "y");
                  }))
          .extracting(Refusal::node)
          .contains("graph input 'x'");
    }

    @Test
    void whereIsJudgedByItsBranchesNotItsCondition() {
      assertImported(made ->
          made.output(
              op(
                  "Where",
                  made.input("c", Tensor.ofBooleans(Shape.of(2), true, false)),
                  made.input("a", 2),
                  made.input("b", 2)),
              "y"));
    }
  }

  @Nested
  class Quantization {
    private final Tensor zero = Tensor.ofInt8(Shape.SCALAR, (byte) 0);

    private void quantize(GraphMaker made, Value scale, Value zeroPoint) {
      Value x = made.input("x", 4);
      Node q = made.node(op("QuantizeLinear", x, scale, zeroPoint).output("q"));
      made.output(
          NodeBuilder.of("DequantizeLinear").name("d").inputs(q.output(0), scale, zeroPoint), "y");
    }

    @Test
    void symmetricInt8IsImported() {
      assertImported(made ->
          quantize(made, made.constant("s", Tensor.scalar(0.5f)), made.constant("z", zero)));
    }

    @Test
    void zeroPointMustBeZero() {
      assertThat(
              check(
                  18,
                  made ->
                      quantize(
                          made,
                          made.constant("s", Tensor.scalar(0.5f)),
                          made.constant("z", Tensor.ofInt8(Shape.SCALAR, (byte) 3)))))
          .hasSize(2)
          .allSatisfy(refusal -> assertThat(refusal.reason()).contains("zero point is not 0"));
    }

    @Test
    void unsignedTypesAreRefused() {
      assertThat(
              check(
                  18,
                  made ->
                      quantize(
                          made,
                          made.constant("s", Tensor.scalar(0.5f)),
                          made.constant("z", GraphMaker.bytes(DataType.UINT8, Shape.SCALAR, 0)))))
          .extracting(Refusal::node)
          .containsExactly("QuantizeLinear 'n'", "DequantizeLinear 'd'");
    }

    @Test
    void withoutZeroPointItIsUnsigned() {
      assertThat(
              check(
                  18,
                  made ->
                      made.output(
                          op(
                              "QuantizeLinear",
                              made.input("x", 4),
                              made.constant("s", Tensor.scalar(0.5f))),
                          "y")))
          .extracting(Refusal::reason)
          .containsExactly("quantizes to UINT8, expected INT8, FLOAT8E4M3FN, FLOAT4E2M1 or INT4");
    }

    @Test
    void scaleMustBeConstant() {
      assertThat(
              check(
                  18,
                  made ->
                      quantize(
                          made,
                          computed(made, "s", Tensor.scalar(0.5f)),
                          made.constant("z", zero))))
          .extracting(Refusal::reason)
          .contains("its scale 's' is computed, expected a constant");
    }

    @Test
    void scaleMustBePositive() {
      assertThat(
              check(
                  18,
                  made ->
                      quantize(
                          made, made.constant("s", Tensor.scalar(0f)), made.constant("z", zero))))
          .extracting(Refusal::reason)
          .contains("a scale is not positive and finite");
    }

    @Test
    void zeroPointInAConstantNodeIsImported() {
      assertImported(made ->
          quantize(
              made,
              made.constant("s", Tensor.scalar(0.5f)),
              made.node(
                      NodeBuilder.of("Constant")
                          .attribute("value", AttributeValue.of(zero))
                          .output("z"))
                  .output(0)));
    }
  }

  @Nested
  class Attributes {
    @Test
    void poolingIsOverOneToThreeDimensionsUndilatedWithoutIndices() {
      assertAll(
          () ->
              assertImported(made ->
                  made.output(
                      op("MaxPool", made.input("x", 1, 1, 4, 4)).ints("kernel_shape", 2, 2), "y")),
          () ->
              assertImported(made ->
                  made.output(
                      op("MaxPool", made.input("x", 1, 1, 4)).ints("kernel_shape", 2), "y")),
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
          "first output",
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

  @Nested
  class ControlFlow {
    @Test
    void branchesHaveOutputsOfDifferentNamesAndEqualRank() {
      assertRefused(
          "If 'n'",
          "named 'same'",
          made -> {
            Value x = made.input("x", 2);
            Value condition = made.input("c", Tensor.ofBooleans(Shape.SCALAR, true));
            made.output(
                branch(
                    condition,
                    nested(made, "yes", op("Relu", x).name("").output("same")),
                    nested(made, "no", op("Neg", x).name("").output("same"))),
                "y");
          });
      assertRefused(
          "If 'n'",
          "rank",
          made -> {
            Value x = made.input("x", 2);
            Value condition = made.input("c", Tensor.ofBooleans(Shape.SCALAR, true));
            made.output(
                branch(
                    condition,
                    nested(made, "yes", op("Relu", x).output("a")),
                    nested(made, "no", op("ReduceMax", x).attribute("keepdims", 0).output("b"))),
                "y");
          });
    }

    @Test
    void loopsThatCollectHaveAConstantTripCount() {
      Consumer<GraphMaker> collect = made -> loop(made, made.input("m", Tensor.scalar(3L)));
      assertRefused("Loop 'n'", "number of steps", collect);
      assertImported(made -> loop(made, made.constant("m", Tensor.scalar(3L))));
    }

    private void loop(GraphMaker made, Value count) {
      Value condition = made.constant("c", Tensor.ofBooleans(Shape.SCALAR, true));
      Value start = made.input("start", 2);
      Graph body = new Graph("body", made.graph());
      body.addInput("i", ValueType.tensor(DataType.INT64, Shape.SCALAR));
      Value going = body.addInput("going", ValueType.tensor(DataType.BOOL, Shape.SCALAR));
      Value carried = body.addInput("carried", ValueType.tensor(DataType.FLOAT, Shape.of(2)));
      body.addOutput(
          body.append(NodeBuilder.of("Identity").inputs(going).output("still")).output(0));
      Value next = body.append(NodeBuilder.of("Neg").inputs(carried).output("next")).output(0);
      body.addOutput(next);
      body.addOutput(body.append(NodeBuilder.of("Identity").inputs(next).output("seen")).output(0));
      Node loop =
          made.node(
              op("Loop", count, condition, start)
                  .attribute("body", new GraphValue(body))
                  .output("last")
                  .output("all"));
      made.output(loop.output(1));
    }
  }

  @Test
  void escapesNamesOfHostileModels() {
    assertThat(
            check(18, made -> made.output(op("Det", made.input("x", 2, 2)).name("\u001b[2J"), "y")))
        .extracting(Refusal::node)
        .containsExactly("Det '\\u{1b}[2J'");
  }

  @Test
  void refusesTensorsOfMoreThanEightDimensions() {
    assertRefused(
        "Reshape 'n'",
        "9 dimensions",
        made ->
            made.output(
                op("Reshape", made.input("x", 2), made.constant("s", 1, 1, 1, 1, 1, 1, 1, 1, 2)),
                "y"));
  }

  @Test
  void doesNotChangeTheModel() {
    GraphMaker made = new GraphMaker(18, 1);
    Value y = made.node(op("Relu", made.input("x", 2)).output("y")).output(0);
    made.output(y);
    TensorRtTarget.check(made.model());
    assertThat(y.type()).isEmpty();
  }

  private static NodeBuilder branch(Value condition, Graph yes, Graph no) {
    return op("If", condition)
        .attribute("then_branch", new GraphValue(yes))
        .attribute("else_branch", new GraphValue(no));
  }

  private static Graph nested(GraphMaker made, String name, NodeBuilder node) {
    Graph graph = new Graph(name, made.graph());
    graph.addOutput(graph.append(node).output(0));
    return graph;
  }
}
