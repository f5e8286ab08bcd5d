// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Shapes of fed tensors. Each refused run ended the process.
class FedShapesTest {
  private static final SessionOptions OPTIONS = SessionOptions.DEFAULT.withOptimization(false);

  private static Map<String, Tensor> run(Model model, Map<String, Tensor> inputs) {
    try (Session session = new OnnxRuntimeBackend().open(model, OPTIONS)) {
      return session.run(inputs);
    }
  }

  @Test
  void areCheckedWhereNoneWasDeclared() {
    Graph graph = new Graph("net", OpsetImports.onnx(14));
    Value x = graph.addInput("x", ValueType.unranked(DataType.INT64));
    graph.addOutput(
        graph
            .append(
                NodeBuilder.of("GatherND")
                    .name("deep")
                    .inputs(x, x)
                    .attribute("batch_dims", 3)
                    .output("y"))
            .output(0));
    assertThatExceptionOfType(BackendException.class)
        .isThrownBy(() -> run(new Model(graph, 8), Map.of("x", Tensor.vector(0, 1))))
        .withMessageContaining("GatherND 'deep'");
  }

  @Test
  void mayBeEmptyForReductionsThatOmitTheirAxes() {
    Graph graph = new Graph("net", OpsetImports.onnx(17));
    Value x =
        graph.addInput("x", ValueType.tensor(DataType.DOUBLE, Shape.of(Dim.of(4), Dim.of("n"))));
    graph.addOutput(
        graph.append(NodeBuilder.of("ReduceSum").inputs(x, Value.ABSENT).output("y")).output(0));
    assertThat(run(new Model(graph, 8), Map.of("x", Tensor.ofDoubles(Shape.of(4, 0)))).get("y"))
        .extracting(tensor -> tensor.doubleAt(0))
        .isEqualTo(0.0);
  }

  private static Model normalizing(Shape shape) {
    Graph graph = new Graph("net", OpsetImports.onnx(17));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, shape));
    Value y = graph.append(NodeBuilder.of("Relu").inputs(x).output("y")).output(0);
    graph.addOutput(
        graph.append(NodeBuilder.of("LpNormalization").name("lp").inputs(y).output("z")).output(0));
    return new Model(graph, 8);
  }

  @Test
  void withoutElementsByTheirDeclarationAreRefused() {
    assertThatExceptionOfType(BackendException.class)
        .isThrownBy(() -> new OnnxRuntimeBackend().open(normalizing(Shape.of(3, 0)), OPTIONS))
        .withMessageContaining("LpNormalization 'lp'");
  }

  /// Each of these operators ended the process.
  @ParameterizedTest
  @CsvSource({
    "DFT",
    "GRU",
    "InstanceNormalization",
    "ReduceL1",
    "ReduceL2",
    "ReduceLogSum",
    "ReduceLogSumExp",
    "ReduceSumSquare",
    "TopK",
    "Unique"
  })
  void ofOperatorsThatEndTheProcessAreRefused(String operator) {
    GraphMaker maker = new GraphMaker(18, 1);
    Value x = maker.constant("x", Tensor.ofFloats(Shape.of(1, 2, 0)));
    NodeBuilder node = NodeBuilder.of(operator).name("odd").inputs(x);
    switch (operator) {
      case "TopK" -> node.inputs(maker.constant("k", 0)).output("values");
      case "InstanceNormalization" -> node.inputs(maker.weights("s", 2), maker.weights("b", 2));
      case "Unique" -> node.attribute("axis", 0);
      case "GRU" ->
          node.inputs(maker.weights("w", 1, 6, 0), maker.weights("r", 1, 6, 2))
              .attribute("hidden_size", 2);
      default -> {
        // needs nothing more
      }
    }
    maker.output(node, "y");
    assertThatExceptionOfType(BackendException.class)
        .isThrownBy(() -> new OnnxRuntimeBackend().open(maker.model(), OPTIONS))
        .withMessageContaining(operator + " 'odd'");
  }

  @Test
  void withoutElementsAreRefused() {
    Model model = normalizing(Shape.of(Dim.of(3), Dim.of("n")));
    assertThat(run(model, Map.of("x", Tensor.ofFloats(Shape.of(3, 1), 1, 2, 3)))).hasSize(1);
    assertThatExceptionOfType(BackendException.class)
        .isThrownBy(() -> run(model, Map.of("x", Tensor.ofFloats(Shape.of(3, 0)))))
        .withMessageContaining("LpNormalization 'lp'");
  }
}
