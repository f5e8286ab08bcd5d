// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli.Result;
import dev.quench.cli.option.ModelFile;
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
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sizes with external data, and what denormal weights are said to do.
class ModelSizeTest {
  @TempDir Path folder;

  private Path model(String name, float weight, boolean external) throws IOException {
    Graph graph = new Graph("g", OpsetImports.onnx(17));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 64)));
    float[] weights = new float[64 * 40];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = i % 4 == 0 ? weight : 1;
    }
    Value w = graph.addInitializer("w", Tensor.ofFloats(Shape.of(64, 40), weights));
    graph.addOutput(graph.append(NodeBuilder.of("MatMul").inputs(x, w).output("y")).output(0));
    Path file = folder.resolve(name);
    OnnxWriter.write(new Model(graph, 8), file, new OnnxWriter.Options(external, 16));
    return file;
  }

  @Test
  void countExternalData() throws IOException {
    Path inside = model("inside.onnx", 2, false);
    Path outside = model("outside.onnx", 2, true);

    assertThat(Files.size(outside)).isLessThan(1000);
    assertThat(ModelFile.read(outside).sizeBytes())
        .isEqualTo(ModelFile.read(inside).sizeBytes())
        .isEqualTo(Files.size(inside));
  }

  @Test
  void denormalWeightsAreNamedAndFlushedOnRequest() throws IOException {
    Path model = model("slow.onnx", 1e-40f, false);
    Path out = folder.resolve("quick.onnx");

    assertThat(Cli.run("inspect", model).err()).contains("640 of 2560 weights are denormal");
    assertThat(Cli.run("profile", model, "--duration", 10, "--warm-up", 0).err())
        .contains("640 of 2560 weights are denormal");
    Result kept = Cli.run("optimize", model, "-o", out);
    assertThat(kept.err()).contains("--flush-denormals");
    assertThat(Cli.run("inspect", out).err()).contains("denormal");
    Result flushed = Cli.run("optimize", model, "-o", out, "--flush-denormals");
    assertThat(flushed.exitCode()).as(flushed.err()).isZero();
    assertThat(flushed.out())
        .contains("640 of 2560 weights are denormal, in 1 tensor; they are zero now");
    assertThat(Cli.run("inspect", out).err()).doesNotContain("denormal");
  }
}
