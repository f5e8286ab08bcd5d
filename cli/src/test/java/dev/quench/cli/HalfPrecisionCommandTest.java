// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli.Result;
import dev.quench.data.array.NpyFile;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Activations that FP16 cannot hold, in a network that brings them back at its end.
class HalfPrecisionCommandTest {
  private static final int WIDTH = 64;

  @TempDir Path folder;
  private Path model;
  private Path out;
  private String data;

  @BeforeEach
  void write() throws IOException {
    Graph graph = new Graph("overflow", OpsetImports.onnx(17));
    var type = ValueType.tensor(DataType.FLOAT, Shape.of(1, WIDTH));
    Value x = graph.addInput("x", type);
    Value large = product(graph, x, "large", 100);
    Value minusItself =
        graph.append(NodeBuilder.of("Mul").inputs(large, large).output("square", type)).output(0);
    Value rest =
        graph
            .append(NodeBuilder.of("Sub").inputs(minusItself, minusItself).output("rest", type))
            .output(0);
    graph.addOutput(product(graph, rest, "y", 0.01f));
    model = folder.resolve("overflow.onnx");
    OnnxWriter.write(new Model(graph, 8), model);
    float[] values = new float[4 * WIDTH];
    Arrays.fill(values, 2);
    NpyFile.write(folder.resolve("x.npy"), Tensor.ofFloats(Shape.of(4, WIDTH), values));
    data = "npy:x=" + folder.resolve("x.npy");
    out = folder.resolve("half.onnx");
  }

  private static Value product(Graph graph, Value of, String name, float weight) {
    float[] weights = new float[WIDTH * WIDTH];
    Arrays.fill(weights, weight);
    Value constant =
        graph.addConstant("weights of " + name, Tensor.ofFloats(Shape.of(WIDTH, WIDTH), weights));
    return graph
        .append(
            NodeBuilder.of("MatMul")
                .inputs(of, constant)
                .output(name, ValueType.tensor(DataType.FLOAT, Shape.of(1, WIDTH))))
        .output(0);
  }

  private Result export(Object... more) {
    Object[] all = new Object[more.length + 8];
    Object[] fixed = {"export", model, "-o", out, "--target", "onnxruntime", "--precision", "fp16"};
    System.arraycopy(fixed, 0, all, 0, 8);
    System.arraycopy(more, 0, all, 8, more.length);
    return Cli.run(all);
  }

  private void assertSameAnswers() {
    Result compared =
        Cli.run("compare", model, out, "--data", data, "--min-cosine", 0.9999, "--max-error", 0.01);
    assertThat(compared.exitCode()).as(compared.out() + compared.err()).isZero();
  }

  @Test
  void dataKeepWhatExceedsFp16InFp32() {
    Result result = export("--data", data);

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).contains("'square' reaches 1.638e+08");
    assertThat(result.err()).doesNotContain("without a range");
    assertSameAnswers();
  }

  @Test
  void aTableOfAllTensorsDoesTheSame() {
    Path table = folder.resolve("ranges.json");
    Result calibrated =
        Cli.run(
            "calibrate",
            model,
            "--data",
            data,
            "--method",
            "minmax",
            "--all-tensors",
            "--table",
            table);
    assertThat(calibrated.exitCode()).as(calibrated.err()).isZero();
    Result result = export("--table", table);

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err()).doesNotContain("without a range");
    assertSameAnswers();
  }

  @Test
  void namesActivationsThatATableForQuantizationLacks() {
    Path table = folder.resolve("quantizers.json");
    Cli.run("calibrate", model, "--data", data, "--method", "minmax", "--table", table);
    Result result = export("--table", table);

    assertThat(result.err()).contains("without a range").contains("square");
  }

  @Test
  void saysThatNoRangesAreKnown() {
    assertThat(export().err()).contains("without a known range").contains("65,504");
  }

  @Test
  void refusesDataBesideATable() {
    assertThat(export("--data", data, "--table", "t.json").exitCode()).isEqualTo(2);
  }
}
