// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.cli.Main;
import dev.quench.cli.option.BundledSample;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Lowering, freeing and packing.
class ExportCommandTest {
  @TempDir static Path folder;
  private static Path nin;
  private static Path binary;

  @BeforeAll
  static void writeModels() throws IOException {
    nin = write(BundledSample.MODEL);
    binary = write(BundledSample.VGG_BINARY);
  }

  private static Path write(String name) throws IOException {
    Path file = folder.resolve(name);
    try (InputStream in = Main.class.getResourceAsStream("demo/" + name)) {
      Files.copy(in, file);
    }
    return file;
  }

  @Test
  void castsToHalfPrecisionAndKeepsTheAnswers() throws IOException {
    Path out = folder.resolve("half.onnx");
    Result result =
        Cli.run(
            "export", nin, "-o", out, "--target", "tensorrt-11", "--precision", "fp16", "--json");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.json().at("/precision/lowered").asInt()).isPositive();
    assertThat(Files.size(out)).isLessThan(Files.size(nin) * 6 / 10);
    Result compared =
        Cli.run("compare", nin, out, "--data", "demo", "--samples", 32, "--min-cosine", 0.9999);
    assertThat(compared.exitCode()).as(compared.out() + compared.err()).isZero();
  }

  @Test
  void packsBinaryWeightsAndRunsThemOnBits() throws IOException {
    Path portable = folder.resolve("portable.onnx");
    Path packed = folder.resolve("packed.onnx");
    assertThat(Cli.run("export", binary, "-o", portable, "--target", "onnxruntime").exitCode())
        .isZero();
    Result result =
        Cli.run("export", portable, "-o", packed, "--target", "xnor", "--packed", "--json");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.json().at("/packed/binary").asInt()).isEqualTo(4);
    assertThat(result.json().get("binaryLayers")).hasSize(4);
    assertThat(Files.size(packed)).isLessThan(Files.size(portable) / 15);
    Result compared =
        Cli.run(
            "compare",
            portable,
            packed,
            "--backend",
            "onnxruntime,xnor",
            "--data",
            "demo",
            "--samples",
            64,
            "--max-error",
            0);
    assertThat(compared.exitCode()).as(compared.out() + compared.err()).isZero();
  }

  @Test
  void fixesAndFreesTheBatch() {
    Path fixed = folder.resolve("fixed.onnx");
    Path free = folder.resolve("free.onnx");
    Result fixing = Cli.run("export", nin, "-o", fixed, "--target", "onnxruntime", "--fix", "N=4");
    assertThat(fixing.exitCode()).as(fixing.err()).isZero();
    assertThat(Cli.run("inspect", fixed).out()).contains("[4, 1, 28, 28]");
    Result freeing =
        Cli.run("export", fixed, "-o", free, "--target", "tensorrt", "--free", "batch");
    assertThat(freeing.exitCode()).as(freeing.err()).isZero();
    assertThat(Cli.run("inspect", free).out()).contains("[batch, 1, 28, 28]");
  }

  @Test
  void writesAFreeBatchThatNothingProvesOnlyByForce() throws IOException {
    Path model = folder.resolve("plugin.onnx");
    Graph graph = new Graph("net", OpsetImports.onnx(17).with("vendor", 1));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 4)));
    NodeBuilder node = NodeBuilder.of("Special").domain("vendor").inputs(x);
    Value y = graph.append(node.output("y")).output(0);
    graph.addOutput(graph.append(NodeBuilder.of("Relu").inputs(x).output("z")).output(0));
    graph.addOutput(y);
    OnnxWriter.write(new Model(graph, 8), model);
    Path out = folder.resolve("plugin.free.onnx");
    Result refused = Cli.run("export", model, "-o", out, "--target", "tensorrt", "--free", "batch");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("nothing proves that the batch can be free", "--force");
    assertThat(out).doesNotExist();
    Result forced =
        Cli.run("export", model, "-o", out, "--target", "tensorrt", "--free", "batch", "--force");
    assertThat(forced.exitCode()).as(forced.err()).isZero();
    assertThat(forced.err()).contains("warning: nothing proves");
    assertThat(out).exists();
  }

  @Test
  void refusesWhatDoesNotGoTogether() {
    Path out = folder.resolve("never.onnx");
    assertThat(Cli.run("export", nin, "-o", out, "--target", "tensorrt", "--packed").exitCode())
        .isEqualTo(2);
    assertThat(Cli.run("export", nin, "-o", out, "--target", "xnor", "--keep-fp32", "*").exitCode())
        .isEqualTo(2);
    assertThat(out).doesNotExist();
  }
}
