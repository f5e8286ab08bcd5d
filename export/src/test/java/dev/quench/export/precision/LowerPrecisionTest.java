// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import static dev.quench.export.precision.LoweredModels.BF16;
import static dev.quench.export.precision.LoweredModels.FP16;
import static dev.quench.export.precision.LoweredModels.classifier;
import static dev.quench.export.precision.LoweredModels.kept;
import static dev.quench.export.precision.LoweredModels.lowered;
import static dev.quench.export.precision.LoweredModels.type;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.AttributeValue.GraphValue;
import dev.quench.graph.Graph;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.onnx.OnnxReader;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Execution;
import dev.quench.testing.GraphMaker;
import dev.quench.testing.PpOcr;
import dev.quench.testing.Rounding;
import dev.quench.testing.Similarity;
import dev.quench.testing.Strokes;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LowerPrecisionTest {
  @ParameterizedTest
  @EnumSource(ReducedPrecision.class)
  void productsAreLoweredAndSoftmaxStays(ReducedPrecision precision) {
    GraphMaker made = classifier();
    Model model = made.model();
    PrecisionReport report = lowered(made, model, LowerPrecision.to(precision));
    assertThat(report.lowered()).isEqualTo(4);
    assertThat(report.casts()).isEqualTo(2);
    assertThat(report.constants()).isEqualTo(3);
    assertThat(kept(report)).containsExactly("Softmax 'softmax'");
    assertThat(type(model, "w1")).isEqualTo(precision.type());
    assertThat(type(model, "s")).isEqualTo(precision.type());
    assertThat(type(model, "x")).isEqualTo(DataType.FLOAT);
    assertThat(type(model, "y")).isEqualTo(DataType.FLOAT);
    assertThat(model.graph().outputs().getFirst().name()).isEqualTo("y");
  }

  @Test
  void onnxRuntimeRunsWhatIsLowered() {
    GraphMaker made = classifier();
    Model model = made.model();
    Tensor before = Execution.run(model, made.inputs()).get("y");
    FP16.apply(model);
    Tensor after = Execution.run(model, made.inputs()).get("y");
    assertThat(Similarity.cosine(before, after)).isGreaterThan(0.99999);
  }

  @Test
  void bfloat16RaisesTheOpsetToTheOneThatAllowsIt() {
    GraphMaker made = classifier();
    Model model = made.model();
    BF16.apply(model);
    assertThat(model.opset()).isEqualTo(22);
    assertThat(model.irVersion()).isEqualTo(10);
  }

  @Test
  void inputsAndOutputsAreConvertedWhenAsked() {
    GraphMaker made = classifier();
    Model model = made.model();
    PrecisionReport report = FP16.convertingInterface().apply(model);
    GraphValidator.validate(model);
    assertThat(type(model, "x")).isEqualTo(DataType.FLOAT16);
    assertThat(type(model, "y")).isEqualTo(DataType.FLOAT16);
    assertThat(model.graph().outputs().getFirst().name()).isEqualTo("y");
    // Into Softmax and out of it.
    assertThat(report.casts()).isEqualTo(2);
    assertThat(FP16.convertingInterface().apply(model).changed()).isFalse();
  }

  @Test
  void aLoweredOutputKeepsItsNameAndType() {
    GraphMaker made = new GraphMaker(17, 2);
    Value x = made.input("x", 4, 8);
    Node product =
        made.node(NodeBuilder.of("MatMul").inputs(x, made.weights("w", 8, 8)).output("y"));
    made.output(product.output(0));
    made.output(NodeBuilder.of("MatMul").inputs(product.output(0), made.weights("v", 8, 8)), "z");
    Model model = made.model();
    PrecisionReport report = lowered(made, model, FP16);
    assertThat(model.graph().outputs()).extracting(Value::name).containsExactly("y", "z");
    assertThat(type(model, "y")).isEqualTo(DataType.FLOAT);
    assertThat(report.casts()).isEqualTo(3);
  }

  @Test
  void excludedNodesStay() {
    GraphMaker made = classifier();
    Model model = made.model();
    PrecisionReport report = lowered(made, model, FP16.keeping(NodeSelection.of(List.of("sec*"))));
    assertThat(report.kept())
        .filteredOn(kept -> kept.node().equals("MatMul 'second'"))
        .extracting(PrecisionReport.Kept::reason)
        .containsExactly("excluded");
    assertThat(type(model, "w2")).isEqualTo(DataType.FLOAT);
  }

  @Test
  void aSensitiveOperatorIsLoweredWhereItIsWanted() {
    GraphMaker made = classifier();
    Model model = made.model();
    PrecisionReport report =
        lowered(made, model, FP16.lowering(NodeSelection.of(List.of("op:Softmax"))));
    assertThat(report.kept()).isEmpty();
    assertThat(report.casts()).isEqualTo(2);
  }

  @Test
  void statisticsOfNormalizationStayFloat() {
    GraphMaker made = new GraphMaker(11, 20);
    Value x = made.input("x", 1, 3, 8, 8);
    Value conv =
        made.node(NodeBuilder.of("Conv").inputs(x, made.weights("w", 4, 3, 3, 3)).output("c"))
            .output(0);
    Value variance = made.constant("v", Tensor.ofFloats(Shape.of(4), 1, 1e-9f, 3, 4));
    made.output(
        NodeBuilder.of("BatchNormalization")
            .inputs(
                conv, made.weights("s", 4), made.weights("b", 4), made.weights("m", 4), variance),
        "y");
    Model model = made.model();
    PrecisionReport report = lowered(made, model, FP16);
    assertThat(report.kept()).isEmpty();
    assertThat(model.opset()).isEqualTo(15);
    assertThat(type(model, "v")).isEqualTo(DataType.FLOAT);
    assertThat(Execution.run(model, made.inputs())).containsKey("y");
  }

  @Nested
  class Islands {
    @Test
    void aCheapLayerBetweenFloatLayersStaysFloat() {
      GraphMaker made = new GraphMaker(17, 3);
      Value x = made.input("x", 64, 64);
      Value first = made.node(NodeBuilder.of("Softmax").inputs(x).output("a")).output(0);
      Value relu = made.node(NodeBuilder.of("Relu").inputs(first).output("b")).output(0);
      made.output(NodeBuilder.of("Softmax").inputs(relu), "y");
      Model model = made.model();
      PrecisionReport report = lowered(made, model, FP16);
      assertThat(report.changed()).isFalse();
      assertThat(report.kept()).hasSize(3);
    }

    @Test
    void aSensitiveLayerBetweenProductsIsCastIntoAndOutOfOnce() {
      GraphMaker made = new GraphMaker(17, 4);
      Value x = made.input("x", 8, 8);
      Value product =
          made.node(NodeBuilder.of("MatMul").inputs(x, made.weights("w", 8, 8)).output("a"))
              .output(0);
      Value softmax = made.node(NodeBuilder.of("Softmax").inputs(product).output("b")).output(0);
      Value left =
          made.node(NodeBuilder.of("MatMul").inputs(softmax, made.weights("v", 8, 8)).output("c"))
              .output(0);
      Value right =
          made.node(NodeBuilder.of("MatMul").inputs(softmax, made.weights("u", 8, 8)).output("d"))
              .output(0);
      made.output(NodeBuilder.of("Add").inputs(left, right), "y");
      Model model = made.model();
      PrecisionReport report = lowered(made, model, FP16);
      // x, into Softmax, out of it for both readers, y
      assertThat(report.casts()).isEqualTo(4);
    }
  }

  @Test
  void whatNestedGraphsReadStaysFloat() {
    GraphMaker made = new GraphMaker(17, 10);
    Value x = made.input("x", 4, 4);
    Value flag = made.input("flag", Tensor.ofBooleans(Shape.SCALAR, true));
    Value product =
        made.node(NodeBuilder.of("MatMul").inputs(x, made.weights("w", 4, 4)).output("p"))
            .output(0);
    Graph yes = new Graph("yes", made.graph());
    yes.addOutput(yes.append(NodeBuilder.of("Relu").inputs(product).output("yes_out")).output(0));
    Graph no = new Graph("no", made.graph());
    no.addOutput(no.append(NodeBuilder.of("Neg").inputs(product).output("no_out")).output(0));
    Value chosen =
        made.node(
                NodeBuilder.of("If")
                    .name("if")
                    .inputs(flag)
                    .attribute("then_branch", new GraphValue(yes))
                    .attribute("else_branch", new GraphValue(no))
                    .output("chosen"))
            .output(0);
    made.output(NodeBuilder.of("MatMul").inputs(chosen, made.weights("v", 4, 4)), "y");
    Model model = made.model();
    PrecisionReport report = lowered(made, model, FP16);
    assertThat(report.lowered()).isEqualTo(2);
    assertThat(kept(report)).containsExactly("If 'if'");
  }

  /// ONNX Runtime keeps FLOAT between operators that it has no half kernels for; the emulation
  /// rounds after each of them, as no engine does.
  @ParameterizedTest
  @EnumSource(PpOcr.class)
  void trainedNetworksGiveTheSame(PpOcr network) {
    Model model = OnnxReader.read(network.bytes(), network.name());
    Map<String, Tensor> inputs = Map.of("x", Strokes.image(network.shape(), 11));
    Map<String, Tensor> before = Execution.run(model, inputs);
    PrecisionReport report = FP16.apply(model);
    GraphValidator.validate(model);
    assertThat(report.lowered()).isGreaterThan(50);
    Map<String, Tensor> emulated = Execution.run(Rounding.emulate(model, DataType.FLOAT16), inputs);
    Map<String, Tensor> after = Execution.run(model, inputs);
    before.forEach((name, tensor) -> {
      assertThat(Similarity.cosine(tensor, emulated.get(name))).as("emulated").isGreaterThan(0.999);
      assertThat(Similarity.cosine(tensor, after.get(name))).as("run").isGreaterThan(0.9999);
    });
    PrecisionReport again = FP16.apply(model);
    assertThat(again.changed()).as(again.toString()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(ReducedPrecision.class)
  void aTrainedClassifierGivesTheSame(ReducedPrecision precision) throws IOException {
    Model model;
    try (InputStream stream = getClass().getResourceAsStream("/nin-fashion-mnist.onnx")) {
      model = OnnxReader.read(stream.readAllBytes(), "nin");
    }
    Value input = model.graph().requiredInputs().getFirst();
    Map<String, Tensor> inputs =
        Map.of(input.name(), GraphMaker.floats(new SplittableRandom(12), 4, 1, 28, 28));
    Map<String, Tensor> before = Execution.run(model, inputs);
    PrecisionReport report = LowerPrecision.to(precision).apply(model);
    GraphValidator.validate(model);
    assertThat(report.lowered()).isGreaterThan(15);
    // Its BatchNormalization nodes are not folded: their statistics stay FLOAT.
    assertThat(report.casts()).isEqualTo(2);
    Map<String, Tensor> after = Execution.run(Rounding.emulate(model, precision.type()), inputs);
    double least = precision == ReducedPrecision.BF16 ? 0.999 : 0.9999;
    before.forEach((name, tensor) ->
        assertThat(Similarity.cosine(tensor, after.get(name))).isGreaterThan(least));
  }

  @Test
  void lowersWhatARaisedOpsetAdds() {
    Graph graph = new Graph("old", OpsetImports.onnx(11));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 2, 4, 4)));
    Value w = graph.addInitializer("w", Tensor.ofFloats(Shape.of(2, 2, 1, 1), 1, 2, 3, 4));
    Value ones = graph.addInitializer("o", Tensor.ofFloats(Shape.of(2), 1, 1));
    Value c = graph.append(NodeBuilder.of("Conv").inputs(x, w).output("c")).output(0);
    Value n =
        graph
            .append(
                NodeBuilder.of("BatchNormalization").inputs(c, ones, ones, ones, ones).output("n"))
            .output(0);
    Value s =
        graph
            .append(NodeBuilder.of("Softmax").inputs(n).attribute("axis", 1).output("s"))
            .output(0);
    graph.addOutput(graph.append(NodeBuilder.of("Conv").inputs(s, w).output("y")).output(0));
    Model model = new Model(graph, 6);

    PrecisionReport report = FP16.lowering(NodeSelection.of(List.of("op:Softmax"))).apply(model);

    GraphValidator.validate(model);
    assertThat(model.opset()).isEqualTo(15);
    assertThat(report.lowered()).isGreaterThanOrEqualTo(3);
  }
}
