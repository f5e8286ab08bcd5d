// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FactorCommandTest {
  @TempDir private Path folder;

  private Path model;
  private Path output;

  /// A product of rank 8, which splits into a twentieth of it, and a small one.
  @BeforeEach
  void write() throws IOException {
    int size = 384;
    int rank = 8;
    SplittableRandom random = new SplittableRandom(1);
    float[] left = normal(random, size * rank);
    float[] right = normal(random, rank * size);
    float[] product = new float[size * size];
    for (int i = 0; i < size; i++) {
      for (int r = 0; r < rank; r++) {
        for (int j = 0; j < size; j++) {
          product[i * size + j] += left[i * rank + r] * right[r * size + j];
        }
      }
    }
    Graph graph = new Graph("network", OpsetImports.onnx(17));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(16, size)));
    Value large = product(graph, "large", x, Tensor.ofFloats(Shape.of(size, size), product));
    Tensor narrow = Tensor.ofFloats(Shape.of(size, 2), normal(random, size * 2));
    graph.addOutput(product(graph, "small", large, narrow));
    model = folder.resolve("model.onnx");
    output = folder.resolve("thin.onnx");
    OnnxWriter.write(new Model(graph, 8), model);
  }

  private static Value product(Graph graph, String name, Value x, Tensor weights) {
    Value constant = graph.addInitializer(name + ".w", weights);
    return graph
        .append(NodeBuilder.of("MatMul").name(name).inputs(x, constant).output(name))
        .output(0);
  }

  private static float[] normal(SplittableRandom random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @Test
  void writesNothingWhereNoLayerCanBeCoded() throws IOException {
    Cli.Result result =
        Cli.run("factor", model, "-o", output, "--product", "--words", 16, "--json");

    assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
    assertThat(result.json().toString()).contains("large: it reads the input of the graph");
    assertThat(output).doesNotExist();
  }

  @Test
  void refusesWhatDoesNotGoWithProduct() {
    assertThat(Cli.run("factor", model, "-o", output, "--words", 16).err())
        .contains("are for --product");
    assertThat(Cli.run("factor", model, "-o", output, "--product", "--energy", 0.5).err())
        .contains("omit --method, --energy");
    assertThat(Cli.run("factor", model, "-o", output, "--product", "--words", 300).exitCode())
        .isEqualTo(2);
  }

  @Test
  void splitsWhatIsFasterAndSaysWhatIsNot() throws IOException {
    Cli.Result result = Cli.run("factor", model.toString(), "-o", output.toString());

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("channel", "whole: MatMul 'small'", "times its MACs", "measured: ");
    assertThat(OnnxReader.read(output).graph().nodes()).hasSize(3);
  }

  @Test
  void jsonHoldsEachLayer() throws IOException {
    Cli.Result result = Cli.run("factor", model.toString(), "-o", output.toString(), "--json");

    JsonNode root = new ObjectMapper().readTree(result.out());
    assertThat(root.path("layers").get(0).path("ranks").get(0).asInt()).isEqualTo(8);
    assertThat(root.path("layers").get(1).path("reason").asText()).isNotEmpty();
    assertThat(root.path("measured").path("realizedGain").asDouble()).isGreaterThan(1);
  }

  @Test
  void writesNothingWhereNothingGetsFaster() {
    Cli.Result result =
        Cli.run("factor", model.toString(), "-o", output.toString(), "--exclude", "large");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err()).contains("no layer gets faster by splitting").hasLineCount(1);
    assertThat(output).doesNotExist();
  }

  @Test
  void takesOneRuleForTheRanks() {
    Cli.Result result =
        Cli.run(
            "factor",
            model.toString(),
            "-o",
            output.toString(),
            "--energy",
            "0.9",
            "--macs",
            "0.5");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("give --energy or --macs, not both");
  }
}
