// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.data.array.NpyFile;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.ValueType;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Figures by sample, and what the optimized session does.
class CompareCommandTest {
  @TempDir Path folder;
  private Path data;

  @BeforeEach
  void writeData() throws IOException {
    data = folder.resolve("x.npy");
    float[] values = new float[8 * 4];
    for (int i = 0; i < values.length; i++) {
      // The fifth sample is small, so that a whole batch hides its error.
      values[i] = (i / 4 == 4 ? 0.01f : 1) * (i % 7 - 3.2f);
    }
    NpyFile.write(data, Tensor.ofFloats(Shape.of(8, 4), values));
  }

  /// Adds numbers to the input.
  private Path model(String name, Shape shape, float... added) throws IOException {
    Graph graph = new Graph(name, OpsetImports.onnx(17));
    var type = ValueType.tensor(DataType.FLOAT, shape);
    var x = graph.addInput("x", type);
    var constant = graph.addConstant("c", Tensor.ofFloats(Shape.of(added.length), added));
    graph.addOutput(
        graph.append(NodeBuilder.of("Add").inputs(x, constant).output("y", type)).output(0));
    Path file = folder.resolve(name + ".onnx");
    OnnxWriter.write(new Model(graph, 8), file);
    return file;
  }

  private JsonNode compared(Object... arguments) {
    Object[] all = new Object[arguments.length + 2];
    all[0] = "compare";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[all.length - 1] = "--json";
    Result result = Cli.run(all);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.json();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 100})
  void figuresDoNotDependOnTheBatch(int batch) throws IOException {
    Shape free = new Shape(List.of(Dim.of("N"), Dim.of(4)));
    Path exact = model("exact", free, 0, 0, 0, 0);
    Path moved = model("moved", free, 0.02f, -0.02f, 0.02f, -0.02f);
    JsonNode figures = compared(exact, moved, "--data", "npy:x=" + data, "--batch-size", batch);
    JsonNode single = compared(exact, moved, "--data", "npy:x=" + data, "--batch-size", 1);

    assertThat(figures).isEqualTo(single);
    assertThat(figures.at("/tensors/0/cosine").asDouble()).isLessThan(0.99);
  }

  @Test
  void figuresAreThoseOfSamplesWhereTheBatchIsFixed() throws IOException {
    Path exact = model("exact", Shape.of(8, 4), 0, 0, 0, 0);
    Path moved = model("moved", Shape.of(8, 4), 0.02f, -0.02f, 0.02f, -0.02f);

    assertThat(compared(exact, moved, "--data", "npy:x=" + data).at("/tensors/0/cosine").asDouble())
        .isLessThan(0.99);
    Result refused = Cli.run("compare", exact, moved, "--data", "npy:x=" + data, "--batch-size", 3);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("takes 8 samples at a time");
  }

  @Test
  void theOptimizedSessionHasALineToItself() throws IOException {
    Path exact = model("exact", Shape.of(8, 4), 1, 2, 3, 4);
    JsonNode json = compared(exact, exact, "--data", "npy:x=" + data);

    assertThat(json.at("/optimized/0/name").asText()).isEqualTo("y");
    assertThat(Cli.run("compare", exact, exact).out()).contains("with graph optimization");
  }

  static List<Shape> emptyShapes() {
    return List.of(Shape.of(0, 4), Shape.of(5, 0, 4), Shape.of(0, 0));
  }

  @ParameterizedTest
  @MethodSource("emptyShapes")
  void inputsWithoutElementsHaveOneValue(Shape shape) throws IOException {
    Path model = model("empty", shape, 1);
    Result result = Cli.run("compare", model, model, "--json", "--max-error", 0);

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.json().at("/tensors/0/cosine").asDouble()).isEqualTo(1);
  }

  @Test
  void refusesABatchSizeWithoutData() throws IOException {
    Path model = model("exact", Shape.of(8, 4), 0);

    assertThat(Cli.run("compare", model, model, "--batch-size", 2).exitCode()).isEqualTo(2);
  }

  @Test
  void filesOfOneNameAreToldApart() throws IOException {
    Path monday = model("m", Shape.of(2, 4), 0, 0, 0, 0);
    Path tuesday = Files.createDirectories(folder.resolve("tuesday")).resolve("m.onnx");
    Files.copy(monday, tuesday);
    String day = folder.getFileName() + "/m on onnxruntime";
    assertThat(Cli.run("compare", monday, tuesday).out())
        .contains("tuesday/m on onnxruntime against " + day);
    JsonNode results =
        Cli.run(
                "eval",
                monday,
                tuesday,
                "--data",
                "npy:x=" + data,
                "--metric",
                "fidelity",
                "--json")
            .json()
            .at("/results");
    assertThat(results.at("/1/model").asText()).isEqualTo("tuesday/m");
  }

  @Test
  void alignsByOrderWhatHasOtherNames() throws IOException {
    Path first = model("first", Shape.of(2, 4), 0, 0, 0, 0);
    Model other = OnnxReader.read(first);
    other.graph().rename(other.graph().outputs().getFirst(), "z");
    Path second = folder.resolve("second.onnx");
    OnnxWriter.write(other, second);

    Result byName = Cli.run("compare", first, second, "--align", "name");
    assertThat(byName.exitCode()).isEqualTo(1);
    assertThat(byName.err()).contains("the outputs differ in name: [y] and [z]");
    Result byOrder = Cli.run("compare", first, second, "--align", "order");
    assertThat(byOrder.exitCode()).as(byOrder.err()).isZero();
    assertThat(byOrder.out()).contains("y ~ z", "1.000000");
    JsonNode json = Cli.run("compare", first, second, "--align", "order", "--json").json();
    assertThat(json.at("/tensors/0/actualName").asText()).isEqualTo("z");
  }
}
