// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import static dev.quench.export.target.TargetChecks.assertImported;
import static dev.quench.export.target.TargetChecks.assertRefused;
import static dev.quench.export.target.TargetChecks.check;
import static dev.quench.export.target.TargetChecks.op;
import static org.assertj.core.api.Assertions.assertThat;

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
import dev.quench.tensor.Shape;
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
