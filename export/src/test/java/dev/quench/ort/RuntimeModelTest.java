// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What ONNX Runtime is given of a model, and what never reaches it. Each refused model ended the
/// process when it did.
class RuntimeModelTest {
  private static final SessionOptions OPTIONS = SessionOptions.DEFAULT.withOptimization(false);

  private static Map<String, Tensor> run(Model model, Map<String, Tensor> inputs) {
    try (Session session = new OnnxRuntimeBackend().open(model, OPTIONS)) {
      return session.run(inputs);
    }
  }

  private static void assertRefused(Model model, String... words) {
    assertThatExceptionOfType(BackendException.class)
        .isThrownBy(() -> new OnnxRuntimeBackend().open(model, OPTIONS))
        .satisfies(e ->
            assertThat(e.getMessage())
                .startsWith("onnxruntime cannot run the model: ")
                .contains(words)
                .doesNotContain("\n"));
  }

  @Nested
  class OmittedOutputs {
    @Test
    void ofSplitGetNames() {
      GraphMaker maker = new GraphMaker(13, 1);
      Value x = maker.input("x", Tensor.ofFloats(Shape.of(6), 1, 2, 3, 4, 5, 6));
      Node split =
          maker.node(NodeBuilder.of("Split").name("s").inputs(x).output("").output("y").output(""));
      maker.output(split.output(1));
      Model model = maker.model();
      assertThat(run(model, maker.inputs()).get("y").toFloats()).containsExactly(3, 4);
      assertThat(split.output(0).isAbsent()).as("the model itself stays").isTrue();
    }

    @Test
    void ofIfGetNames() {
      GraphMaker maker = new GraphMaker(17, 1);
      Value condition = maker.input("c", Tensor.ofBooleans(Shape.SCALAR, true));
      Value x = maker.input("x", 3);
      NodeBuilder choice = NodeBuilder.of("If").inputs(condition).output("").output("y");
      for (String branch : List.of("then_branch", "else_branch")) {
        Graph body = new Graph(branch, maker.graph());
        for (String operator : List.of("Neg", "Abs")) {
          body.addOutput(
              body.append(NodeBuilder.of(operator).inputs(x).output(branch + operator)).output(0));
        }
        choice.attribute(branch, new AttributeValue.GraphValue(body));
      }
      maker.output(maker.node(choice).output(1));
      assertThat(run(maker.model(), maker.inputs())).containsOnlyKeys("y");
    }

    @Test
    void ofNormalizationInTrainingModeGetNames() {
      GraphMaker maker = new GraphMaker(15, 1);
      Value x = maker.input("x", 2, 3, 2, 2);
      Node norm =
          maker.node(
              NodeBuilder.of("BatchNormalization")
                  .inputs(x, maker.weights("s", 3), maker.weights("b", 3))
                  .inputs(maker.weights("m", 3), maker.positive("v", 3))
                  .attribute("training_mode", 1)
                  .output("y")
                  .output("")
                  .output("variance"));
      maker.output(norm.output(0)).output(norm.output(2));
      assertThat(run(maker.model(), maker.inputs())).containsOnlyKeys("y", "variance");
    }

    @Test
    void ofFixedNumberStayOmitted() {
      GraphMaker maker = new GraphMaker(17, 1);
      Value x = maker.input("x", 1, 2, 4, 4);
      Node pool =
          maker.node(
              NodeBuilder.of("MaxPool")
                  .unchecked()
                  .inputs(x)
                  .ints("kernel_shape", 2, 2)
                  .output("y")
                  .output(""));
      maker.output(pool.output(0));
      Model given = RuntimeModel.of(maker.model(), Set.of());
      assertThat(given.graph().nodes().getFirst().output(1).isAbsent()).isTrue();
    }
  }

  /// ONNX Runtime's own optimizations took them for the same.
  @Test
  void splitsOfOneTensorIntoTwoAndThreeStayApart() {
    GraphMaker maker = new GraphMaker(11, 1);
    Value x = maker.input("x", Tensor.ofFloats(Shape.of(6), 1, 2, 3, 4, 5, 6));
    Node two = maker.node(NodeBuilder.of("Split").inputs(x).output("a").output("b"));
    Node three = maker.node(NodeBuilder.of("Split").inputs(x).output("c").output("d").output("e"));
    maker.output(two.output(1)).output(three.output(1));
    try (Session session =
        new OnnxRuntimeBackend().open(maker.model(), OPTIONS.withOptimization(true))) {
      Map<String, Tensor> outputs = session.run(maker.inputs());
      assertThat(outputs.get("b").toFloats()).containsExactly(4, 5, 6);
      assertThat(outputs.get("d").toFloats()).containsExactly(3, 4);
    }
  }

  @Nested
  class Forms {
    @Test
    void withGapsInAListOfInputsAreRefused() {
      GraphMaker maker = new GraphMaker(13, 1);
      Value x = maker.input("x", 2);
      maker.output(NodeBuilder.of("Min").unchecked().name("few").inputs(x, Value.ABSENT, x), "y");
      assertRefused(maker.model(), "Min 'few' input 1");
    }

    @Test
    void ofQuantizationOfTextsAreRefused() {
      GraphMaker maker = new GraphMaker(21, 1);
      Value text =
          maker.constant("t", Tensor.ofStrings(Shape.of(1), List.of(ByteString.of("one"))));
      Value scale = maker.constant("s", GraphMaker.bytes(DataType.FLOAT16, Shape.SCALAR, 0, 0x3c));
      maker.output(NodeBuilder.of("QuantizeLinear").name("odd").inputs(text, scale), "y");
      assertThatExceptionOfType(BackendException.class)
          .isThrownBy(() -> new OnnxRuntimeBackend().open(maker.model(), OPTIONS));
    }

    @ParameterizedTest
    @CsvSource({"Conv, group", "ConvTranspose, group"})
    void withoutGroupsAreRefusedThoughNoShapeIsKnown(String operator, String attribute) {
      Graph graph = new Graph("net", OpsetImports.onnx(17));
      Value x = graph.addInput("x", ValueType.unranked(DataType.FLOAT));
      Value w = graph.addInput("w", ValueType.unranked(DataType.FLOAT));
      NodeBuilder node = NodeBuilder.of(operator).name("odd").inputs(x, w).output("y");
      graph.addOutput(graph.append(node.attribute(attribute, 0)).output(0));
      assertRefused(new Model(graph, 8), operator + " 'odd'", "'group'", "0");
    }

    @Test
    void ofAnAxisOutsideAreRefused() {
      GraphMaker maker = new GraphMaker(13, 1);
      Value x = maker.input("x", Tensor.vector(1, 2));
      maker.output(
          NodeBuilder.of("OneHot")
              .name("hot")
              .inputs(
                  x,
                  maker.constant("depth", Tensor.scalar(3L)),
                  maker.constant("values", Tensor.ofFloats(Shape.of(2), 0, 1)))
              .attribute("axis", 7),
          "y");
      assertRefused(maker.model(), "OneHot 'hot'", "axis 7");
    }

    @Test
    void withMissingInputsAreRefusedInNestedGraphs() {
      GraphMaker maker = new GraphMaker(17, 1);
      Value condition = maker.input("c", Tensor.ofBooleans(Shape.SCALAR, true));
      NodeBuilder choice = NodeBuilder.of("If").inputs(condition);
      for (String branch : List.of("then_branch", "else_branch")) {
        Graph body = new Graph(branch, maker.graph());
        body.addOutput(
            body.append(NodeBuilder.of("Gemm").unchecked().name("inner").output(branch + "_y"))
                .output(0));
        choice.attribute(branch, new AttributeValue.GraphValue(body));
      }
      maker.output(choice, "y");
      assertRefused(maker.model(), "Gemm 'inner'", "missing");
    }
  }

  @Nested
  class Functions {
    private static Model calling(Function function, String opType) {
      Graph graph =
          new Graph("net", OpsetImports.onnx(17).with(function.domain(), 1).with("local", 1));
      Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 2, 4, 4)));
      graph.addOutput(
          graph
              .append(NodeBuilder.of(opType).domain("local").name("call").inputs(x).output("y"))
              .output(0));
      Model model = new Model(graph, 8);
      model.functions().add(function);
      return model;
    }

    private static Function function(String name, NodeBuilder builder) {
      Graph body = new Graph(name, OpsetImports.onnx(17).with("local", 1));
      Value x = body.addInput("x", null);
      body.addOutput(body.append(builder.inputs(x).output("y")).output(0));
      return new Function("local", name, "", body, List.of(), Map.of(), Map.of());
    }

    @Test
    void areCheckedInside() {
      assertRefused(
          calling(function("f", NodeBuilder.of("MaxPool").unchecked().name("bare")), "f"),
          "MaxPool 'bare'",
          "kernel_shape");
    }

    @Test
    void thatCallThemselvesAreRefused() {
      assertRefused(
          calling(function("f", NodeBuilder.of("f").domain("local").name("again")), "f"),
          "call each other too deeply");
    }

    @Test
    void thatNothingCallsStayBehind() {
      Model model = calling(function("f", NodeBuilder.of("Relu")), "f");
      model.functions().add(function("unused", NodeBuilder.of("MaxPool").unchecked()));
      assertThat(RuntimeModel.of(model, Set.of()).functions())
          .extracting(Function::name)
          .containsExactly("f");
    }
  }

  @Nested
  class Operators {
    private static Model of(String domain, String opType) {
      GraphMaker maker = new GraphMaker(17, 1);
      maker.graph().setOpsets(OpsetImports.onnx(17).with(domain, 1));
      Value x = maker.input("x", 2, 3);
      maker.output(NodeBuilder.of(opType).domain(domain).name("foreign").inputs(x), "y");
      return maker.model();
    }

    @ParameterizedTest
    @CsvSource({
      "com.example, Magic",
      "'', NoSuchOperator",
      "com.microsoft.nchwc, ReorderInput",
      "com.microsoft, EPContext"
    })
    void thatOnnxRuntimeDoesNotListAreRefused(String domain, String opType) {
      assertRefused(of(domain, opType), opType + " 'foreign'", "unknown");
    }

    @Test
    void thatOnnxRuntimeListsRun() {
      Model model = of("com.microsoft", "Gelu");
      assertThat(run(model, Map.of("x", Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6))))
          .containsKey("y");
    }

    @Test
    void inTheListAreAllKnownToOnnxRuntime() throws OrtException {
      for (RuntimeOperators.Operator operator : RuntimeOperators.all()) {
        boolean known = false;
        for (long opset : new long[] {24, 18, 9}) {
          known |= isRegistered(operator, opset);
        }
        assertThat(known).as("%s", operator).isTrue();
      }
    }

    /// A node with far too many inputs is refused for that, once its operator is found.
    private static boolean isRegistered(RuntimeOperators.Operator operator, long opset)
        throws OrtException {
      Graph graph =
          new Graph("net", OpsetImports.onnx(opset).with("com.microsoft", 1).with("ai.onnx.ml", 3));
      NodeBuilder node =
          NodeBuilder.of(operator.opType()).unchecked().domain(operator.domain()).name("n");
      for (int i = 0; i < 60; i++) {
        node.inputs(graph.addInput("x" + i, ValueType.tensor(DataType.FLOAT, Shape.of(1))));
      }
      graph.addOutput(graph.append(node.output("y")).output(0));
      try (OrtSession.SessionOptions settings = new OrtSession.SessionOptions()) {
        settings.setSessionLogLevel(OnnxRuntimeBackend.LOG_LEVEL);
        NativeEnvironment.INSTANCE
            .createSession(OnnxWriter.toBytes(new Model(graph, 8)), settings)
            .close();
        return true;
      } catch (OrtException e) {
        return !e.getMessage().contains("is not a registered")
            && !e.getMessage().contains("No Op registered");
      }
    }
  }
}
