// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.quench.cli.Cli.Result;
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
import dev.quench.trt.inspect.TensorRtProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands on engines where there is no TensorRT: one line, no crash.
class EngineFileTest {
  @TempDir static Path folder;
  private static Path engine;

  @BeforeAll
  static void writeFile() throws IOException {
    assumeFalse(
        TensorRtProbe.availability().isAvailable(), "TensorRT is here; the GPU tests cover it");
    engine = folder.resolve("model.engine");
    Files.writeString(engine, "not a plan");
  }

  @Test
  void everyCommandSaysWhatIsMissing() {
    refused("TensorRT is not available", "inspect", engine);
    refused("TensorRT is not available", "profile", engine);
    refused(
        "TensorRT is not available",
        "run",
        engine,
        "--input",
        "x=x.npy",
        "-o",
        folder.resolve("o"));
    refused("TensorRT is not available", "eval", engine, "--data", "demo");
    refused("no such file", "inspect", folder.resolve("none.plan"));
  }

  private static void refused(String message, Object... command) {
    Result result = Cli.run(command);
    assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
    assertThat(result.err().lines().filter(line -> line.startsWith("quench "))).hasSize(1);
    assertThat(result.err()).contains(message).doesNotContain("\tat ");
  }

  @Test
  void buildOptionsAreCheckedFirst() {
    Path out = folder.resolve("out.engine");
    assertThat(Cli.run("build", "m.onnx", "-o", out, "--int8", "implicit").exitCode()).isEqualTo(2);
    assertThat(Cli.run("build", "m.onnx", "-o", out, "--cache", "c").exitCode()).isEqualTo(2);
    assertThat(Cli.run("build", "m.onnx", "-o", out, "--strongly-typed").exitCode()).isEqualTo(2);
    assertThat(Cli.run("build", "m.onnx", "-o", out, "--profile", "x").exitCode()).isEqualTo(2);
    assertThat(out).doesNotExist();
  }

  @Test
  void keptNodesAreThoseOfTheModel() throws IOException {
    Path engine = folder.resolve("e.engine");
    Path model = model();
    refused(
        "--keep-fp32 none* matches no node of the model",
        "build",
        model,
        "-o",
        engine,
        "--keep-fp32",
        "none*");
    refused("TensorRT is not available", "build", model, "-o", engine, "--keep-fp32", "op:Conv");
  }

  /// One convolution with its activation and a pooling.
  private static Path model() throws IOException {
    Graph graph = new Graph("g", OpsetImports.onnx(17));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 1, 8, 8)));
    Value weights =
        graph.addInitializer("w", Tensor.ofFloats(Shape.of(1, 1, 1, 1), new float[] {2}));
    Value convolution =
        graph
            .append(NodeBuilder.of("Conv").name("conv").inputs(x, weights).output("conv_out"))
            .output(0);
    Value relu =
        graph
            .append(NodeBuilder.of("Relu").name("relu").inputs(convolution).output("relu_out"))
            .output(0);
    graph.addOutput(
        graph
            .append(
                NodeBuilder.of("MaxPool")
                    .name("pool")
                    .inputs(relu)
                    .ints("kernel_shape", 2, 2)
                    .output("y", ValueType.tensor(DataType.FLOAT, Shape.of(1, 1, 7, 7))))
            .output(0));
    Path file = folder.resolve("conv.onnx");
    OnnxWriter.write(new Model(graph, 8), file);
    return file;
  }

  private static Result build(String... lines) throws IOException {
    Path cache = folder.resolve("conv.cache");
    Files.writeString(cache, "TRT-101501-EntropyCalibration2\n" + String.join("\n", lines) + "\n");
    return Cli.run(
        "build",
        model(),
        "-o",
        folder.resolve("conv.engine"),
        "--int8",
        "implicit",
        "--cache",
        cache,
        "--trust-cache");
  }

  @Test
  void buildSaysWhatACacheCovers() throws IOException {
    Result result = build("y: 3c010a14", "other: 3c010a14");
    assertThat(result.err())
        .contains(
            "conv.cache: 3 of 4 tensors present, missing 'x', 1 extra, 2 by the scale of another tensor")
        .contains("layers that read or make one that is missing stay in floating point")
        .contains("TensorRT is not available");
    assertThat(build("x: 3c010a14", "relu_out: 3c010a14").err())
        .contains("4 of 4 tensors present, 0 extra, 2 by the scale of another tensor")
        .doesNotContain("stay in floating point");
  }

  @Test
  void buildRefusesACacheOfAnotherModel() throws IOException {
    assertThat(build("other: 3c010a14").err())
        .contains("conv.cache names no tensor of this model; it belongs to another one");
  }

  /// Also where it would be refused for what it covers.
  @Test
  void buildRefusesAScaleThatIsNoNumberFirst() throws IOException {
    Result result = build("x: 7fc00000");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("the scale of 'x' in the TensorRT cache is NaN")
        .doesNotContain("present");
  }
}
