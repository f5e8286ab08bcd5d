// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli;
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
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// No output of any command replaces something that the command reads.
class InputFilesTest {
  @TempDir private Path folder;
  private Path model;
  private Path data;

  @BeforeEach
  void writeInputs() throws IOException {
    Graph graph = new Graph("net", OpsetImports.onnx(17));
    Value x =
        graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(Dim.of("N"), Dim.of(16))));
    Value w = graph.addInitializer("w", noise(16, 300));
    graph.addOutput(graph.append(NodeBuilder.of("MatMul").inputs(x, w).output("y")).output(0));
    model = folder.resolve("model.onnx");
    OnnxWriter.write(new Model(graph, 8), model, OnnxWriter.Options.EXTERNAL);
    data = folder.resolve("x.npy");
    NpyFile.write(data, noise(5, 16));
  }

  private static Tensor noise(long... shape) {
    SplittableRandom random = new SplittableRandom(7);
    Shape of = Shape.of(shape);
    float[] values = new float[Math.toIntExact(of.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return Tensor.ofFloats(of, values);
  }

  private void assertRefused(Path input, Object... words) throws IOException {
    byte[] before = Files.readAllBytes(input);
    Result result = Cli.run(words);
    assertThat(result.exitCode()).as("%s", result).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(result.err()).contains("is an input and would be replaced");
    assertThat(Files.readAllBytes(input)).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"optimize", "export --target onnxruntime", "quantize --data random:5x16"})
  void modelsAreKept(String command) throws IOException {
    String[] words = (command + " " + model + " -o " + model).split(" ", -1);
    assertRefused(model, (Object[]) words);
  }

  @Test
  void modelsAreKeptBehindLinksAndOtherNames() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link.onnx"), model);
    Path roundabout = folder.resolve("..").resolve(folder.getFileName()).resolve("model.onnx");
    assertRefused(model, "optimize", model, "-o", link);
    assertRefused(model, "optimize", link, "-o", model);
    assertRefused(model, "optimize", model, "-o", roundabout);
  }

  @Test
  void dataFilesOfModelsAreKept() throws IOException {
    Path weights = folder.resolve("model.onnx.data");
    assertRefused(weights, "optimize", model, "-o", weights);
    Path other = Files.copy(model, folder.resolve("other.onnx"));
    assertRefused(weights, "optimize", other, "-o", model);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--table", "--cache"})
  void dataIsKept(String option) throws IOException {
    assertRefused(data, "calibrate", model, "--data", "npy:x=" + data, option, data);
    assertRefused(model, "calibrate", model, "--data", "npy:x=" + data, option, model);
  }

  @Test
  void reportsReplaceNothing() throws IOException {
    assertRefused(
        data,
        "eval",
        model,
        "--data",
        "npy:x=" + data,
        "--metric",
        "none",
        "--backend",
        "onnxruntime",
        "--report",
        data);
  }

  @Test
  void runsReplaceNothing() throws IOException {
    Path fed = Files.move(data, folder.resolve("y.npy"));
    assertRefused(
        fed, "run", model, "--backend", "onnxruntime", "--input", "x=" + fed, "-o", folder);
  }

  @Test
  void mergedTablesAreKept() throws IOException {
    Path table = folder.resolve("a.json");
    Result calibrated = Cli.run("calibrate", model, "--data", "npy:x=" + data, "--table", table);
    assertThat(calibrated.exitCode()).as(calibrated.err()).isZero();
    assertRefused(table, "table", "merge", table, table, "--table", table);
  }

  @Test
  void oneFileTakesOneOutput() {
    Path table = folder.resolve("t.json");
    Result result =
        Cli.run("calibrate", model, "--data", "npy:x=" + data, "--table", table, "--cache", table);
    assertThat(result.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(result.err()).contains("two outputs");
    assertThat(table).doesNotExist();
  }

  @Test
  void formerResultsAreReplaced() {
    Path out = folder.resolve("out.onnx");
    for (int i = 0; i < 2; i++) {
      assertThat(Cli.run("optimize", model, "-o", out).exitCode()).isEqualTo(ExitCode.DONE);
    }
  }
}
