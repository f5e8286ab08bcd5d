// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What commands do to a model before their own work: initializers among the inputs, dimensions,
/// lowering.
class PreparationTest {
  @TempDir private Path folder;

  private static Tensor random(long... sizes) {
    Shape shape = Shape.of(sizes);
    SplittableRandom random = new SplittableRandom(3);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.ofFloats(shape, values);
  }

  private Path write(String name, Graph graph) throws IOException {
    Path file = folder.resolve(name);
    OnnxWriter.write(new Model(graph, 8), file);
    return file;
  }

  private Path withListedWeights() throws IOException {
    Graph graph = new Graph("listed", OpsetImports.onnx(13));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 16, 8, 8)));
    graph.addInput("w", ValueType.tensor(DataType.FLOAT, Shape.of(16, 16, 3, 3)));
    Value w = graph.addInitializer("w", random(16, 16, 3, 3));
    Value c = graph.append(NodeBuilder.of("Conv").inputs(x, w).output("c")).output(0);
    Value s = graph.addInitializer("s", Tensor.scalar(0.5f));
    graph.addOutput(graph.append(NodeBuilder.of("Mul").inputs(c, s).output("y")).output(0));
    return write("listed.onnx", graph);
  }

  @Test
  void initializersAmongTheInputsAreConstantsWithANote() throws IOException {
    Path out = folder.resolve("out.onnx");

    Result result = Cli.run("optimize", withListedWeights(), "-o", out);

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err()).contains("listed as inputs too are taken as constants: 'w';");
    assertThat(OnnxReader.read(out).graph().nodes()).hasSize(1);
  }

  @Test
  void initializersAmongTheInputsStayFeedableWhenAsked() throws IOException {
    Path out = folder.resolve("out.onnx");

    Result result = Cli.run("optimize", withListedWeights(), "-o", out, "--feedable-initializers");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(OnnxReader.read(out).graph().nodes()).hasSize(2);
    assertThat(OnnxReader.read(out).graph().inputs()).hasSize(2);
  }

  private Path nameless() throws IOException {
    Graph graph = new Graph("nameless", OpsetImports.onnx(13));
    Value x =
        graph.addInput(
            "x", ValueType.tensor(DataType.FLOAT, Shape.of(Dim.UNKNOWN, Dim.of(3), Dim.of("W"))));
    graph.addOutput(graph.append(NodeBuilder.of("Relu").inputs(x).output("y")).output(0));
    return write("nameless.onnx", graph);
  }

  @Test
  void dimensionsWithoutANameAreFixedByTheShapeOfTheirInput() throws IOException {
    Path out = folder.resolve("out.onnx");

    Result result =
        Cli.run("export", nameless(), "-o", out, "--target", "onnxruntime", "--fix", "x=2x3x5");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(OnnxReader.read(out).graph().inputs().getFirst().shape())
        .contains(Shape.of(2, 3, 5));
  }

  @Test
  void aNameThatTheModelLacksIsRefusedWithThoseThatItHas() throws IOException {
    Result result =
        Cli.run(
            "export",
            nameless(),
            "-o",
            folder.resolve("out.onnx"),
            "--target",
            "onnxruntime",
            "--fix",
            "N=2");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("--fix N").contains("dimensions [W]").contains("'x'");
  }

  @Test
  void oneAxisOfOneInputIsFreedUnderAName() throws IOException {
    Path out = folder.resolve("out.onnx");

    Result result =
        Cli.run("export", nameless(), "-o", out, "--target", "onnxruntime", "--free", "x:1=states");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(OnnxReader.read(out).graph().inputs().getFirst().shape().orElseThrow().dim(1))
        .isEqualTo(Dim.of("states"));
    assertThat(
            Cli.run("export", nameless(), "-o", out, "--target", "onnxruntime", "--free", "rows")
                .exitCode())
        .isEqualTo(2);
  }

  private Path resizing() throws IOException {
    Graph graph = new Graph("resizing", OpsetImports.onnx(19));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 16, 8, 8)));
    Value w = graph.addInitializer("w", random(16, 16, 3, 3));
    Value c = graph.append(NodeBuilder.of("Conv").inputs(x, w).output("c")).output(0);
    Value scales = graph.addInitializer("scales", Tensor.ofFloats(Shape.of(2), 2, 2));
    Value r =
        graph
            .append(
                NodeBuilder.of("Resize")
                    .inputs(c, Value.ABSENT, scales)
                    .ints("axes", 2, 3)
                    .attribute("mode", "linear")
                    .output("r"))
            .output(0);
    Value v = graph.addInitializer("v", random(16, 16, 3, 3));
    graph.addOutput(graph.append(NodeBuilder.of("Conv").inputs(r, v).output("y")).output(0));
    return write("resizing.onnx", graph);
  }

  @Test
  void aTableFitsTheModelAndWhatExportMakesOfIt() throws IOException {
    Path model = resizing();
    Path table = folder.resolve("table.json");
    Path exported = folder.resolve("exported.onnx");
    Path out = folder.resolve("out.onnx");
    Result calibrated =
        Cli.run(
            "calibrate",
            model,
            "--data",
            "random:4x16x8x8",
            "--method",
            "minmax",
            "--table",
            table);
    assertThat(calibrated.exitCode()).as(calibrated.err()).isZero();
    assertThat(Cli.run("export", model, "-o", exported, "--target", "tensorrt").exitCode())
        .isZero();

    for (Path each : new Path[] {model, exported}) {
      Result result = Cli.run("quantize", each, "-o", out, "--table", table);
      assertThat(result.exitCode()).as(each + result.err()).isZero();
      Path checked = folder.resolve("checked.onnx");
      assertThat(Cli.run("export", out, "-o", checked, "--target", "tensorrt").exitCode()).isZero();
    }
  }
}
