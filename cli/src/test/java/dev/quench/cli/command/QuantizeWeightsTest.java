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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `quantize --weights` on two products, one of 64 inputs and one of 50.
class QuantizeWeightsTest {
  @TempDir private Path folder;
  private Path model;
  private Path output;

  @BeforeEach
  void write() throws IOException {
    Graph graph = new Graph("g", OpsetImports.onnx(17));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(3, 64)));
    Value hidden = product(graph, x, "even", 64, 50);
    graph.addOutput(product(graph, hidden, "uneven", 50, 32));
    model = folder.resolve("m.onnx");
    output = folder.resolve("out.onnx");
    OnnxWriter.write(new Model(graph, 8), model);
  }

  private static Value product(Graph graph, Value x, String name, int inputs, int outputs) {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    float[] values = new float[inputs * outputs];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    Value weights =
        graph.addInitializer(name + ".w", Tensor.ofFloats(Shape.of(inputs, outputs), values));
    return graph
        .append(NodeBuilder.of("MatMul").name(name).inputs(x, weights).output(name + ".y"))
        .output(0);
  }

  @ParameterizedTest
  @CsvSource({"int4,INT4", "int8,INT8"})
  void weightsAreStoredInBlocksAndTheOpsetRises(String type, DataType stored) throws IOException {
    Result result =
        Cli.run("quantize", model, "-o", output, "--weights", type, "--target", "onnxruntime");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("2 layers with weights in " + stored + ", 0 nodes left float");
    Model written = OnnxReader.read(output);
    assertThat(written.opset()).isEqualTo(21);
    assertThat(written.graph().initializers())
        .filteredOn(value -> value.dataType().filter(stored::equals).isPresent())
        .hasSize(2);
  }

  @Test
  void tensorRtGetsWholeBlocks() {
    Result result =
        Cli.run("quantize", model, "-o", output, "--weights", "int4", "--target", "tensorrt");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("1 layers with weights in INT4, 1 nodes left float")
        .contains("its 50 inputs are not a multiple of the block size 32")
        .contains("tensorrt-10.15 takes it");
  }

  @Test
  void tensorRtTakesNoBlocksOfEightBits() {
    Result result =
        Cli.run("quantize", model, "-o", output, "--weights", "int8", "--target", "tensorrt");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.out()).contains("its weights are INT8 in blocks, expected INT4");
    assertThat(output).doesNotExist();
  }

  @Test
  void nothingToStoreIsAnError() {
    Result result =
        Cli.run("quantize", model, "-o", output, "--weights", "int4", "--exclude", "*even");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("nothing to quantize", "excluded by name");
  }

  @ParameterizedTest
  @CsvSource({
    "--table,t.json,needs no ranges",
    "--data,random:4x3x64,needs no ranges",
    "--block-size,1,--block-size must be 2 or more",
    "--weights,int3,int3"
  })
  void whatDoesNotGoWithItIsWrongUsage(String option, String value, String message) {
    Object[] arguments =
        option.equals("--weights")
            ? new Object[] {"quantize", model, "-o", output, option, value}
            : new Object[] {"quantize", model, "-o", output, "--weights", "int4", option, value};

    Result result = Cli.run(arguments);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains(message);
  }

  @Test
  void aBlockSizeAloneIsWrongUsage() {
    Result result = Cli.run("quantize", model, "-o", output, "--block-size", "64");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--block-size goes with --weights");
  }
}
