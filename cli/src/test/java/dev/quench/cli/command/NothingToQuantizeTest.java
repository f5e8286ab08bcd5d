// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli;
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
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NothingToQuantizeTest {
  @TempDir private Path folder;
  private final Graph graph = new Graph("g", OpsetImports.onnx(17));

  @Test
  void layersThatTensorRtLeavesFloatAreStillForOnnxRuntime() throws IOException {
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 3, 8, 8)));
    float[] ones = new float[4 * 3 * 3 * 3];
    Arrays.fill(ones, 1);
    Value weights = graph.addInitializer("w", Tensor.ofFloats(Shape.of(4, 3, 3, 3), ones));
    graph.addOutput(
        graph
            .append(NodeBuilder.of("Conv").name("small").inputs(x, weights).output("y"))
            .output(0));
    Path model = folder.resolve("small.onnx");
    OnnxWriter.write(new Model(graph, 8), model);
    Path out = folder.resolve("small.int8.onnx");
    Result refused = Cli.run("quantize", model, "-o", out, "--data", "random:8x3x8x8");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("nothing to quantize: all layers stay float: Conv 'small'");
    assertThat(out).doesNotExist();

    Result taken =
        Cli.run(
            "quantize",
            model,
            "-o",
            out,
            "--data",
            "random:8x3x8x8",
            "--target",
            "onnxruntime",
            "--json");
    assertThat(taken.exitCode()).as(taken.err()).isZero();
    assertThat(taken.json().get("layers")).hasSize(1);
  }

  @Test
  void saysThatTheModelIsQuantizedAlready() throws IOException {
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(4, 8)));
    Value scale = graph.addInitializer("s", Tensor.scalar(0.1f));
    Value q = graph.append(NodeBuilder.of("QuantizeLinear").inputs(x, scale).output("q")).output(0);
    graph.addOutput(
        graph.append(NodeBuilder.of("DequantizeLinear").inputs(q, scale).output("y")).output(0));
    Path model = folder.resolve("q.onnx");
    OnnxWriter.write(new Model(graph, 8), model);
    for (String command : new String[] {"quantize", "calibrate"}) {
      Result result =
          Cli.run(
              command,
              model,
              command.equals("quantize") ? "-o" : "--table",
              folder.resolve("out"),
              "--data",
              "random:4x8");
      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.err()).contains("the model is quantized already");
    }
    assertThat(folder.resolve("out")).doesNotExist();
  }
}
