// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GraphCommandTest {
  @TempDir private Path folder;
  private Path model;
  private Path output;

  @BeforeEach
  void write() throws IOException {
    GraphMaker maker = new GraphMaker(17);
    Value x = maker.input("x", Dim.of("N"), Dim.of(4), Dim.of(6), Dim.of(6));
    Value a = maker.add("Relu", "a", x);
    Value same = maker.add("Identity", "same", a);
    Value b = maker.add("Conv", "b", same, maker.weights("w", 4, 4, 1, 1));
    maker.add("Sigmoid", "unused", a);
    maker.output(maker.add("Tanh", "c", b));
    model = folder.resolve("model.onnx");
    output = folder.resolve("output.onnx");
    OnnxWriter.write(maker.model(), model);
  }

  private List<String> written() throws IOException {
    Model read = OnnxReader.read(output);
    return read.graph().nodes().stream().map(Node::opType).toList();
  }

  @Test
  void extractsAPart() throws IOException {
    Cli.Result run =
        Cli.run("graph", "extract", model, "-o", output, "--from", "same", "--to", "b");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("input same: FLOAT [N, 4, 6, 6]").contains("output b: FLOAT");
    assertThat(written()).containsExactly("Conv");
  }

  @Test
  void extractNamesATensorThatTheModelLacks() {
    Cli.Result run = Cli.run("graph", "extract", model, "-o", output, "--to", "q");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("the model has no tensor 'q'");
    assertThat(output).doesNotExist();
  }

  @Test
  void sanitizesWithoutChangingLayers() throws IOException {
    Cli.Result run = Cli.run("graph", "sanitize", model, "-o", output);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("5 -> 3 nodes");
    assertThat(written()).containsExactly("Relu", "Conv", "Tanh");
  }

  @Test
  void setsShapes() throws IOException {
    Cli.Result run =
        Cli.run("graph", "set-shapes", model, "-o", output, "--shape", "x=2x4x8xwidth");
    assertThat(run.exitCode()).isZero();
    assertThat(OnnxReader.read(output).graph().outputs().getFirst().shape())
        .hasToString("Optional[[2, 4, 8, width]]");
  }

  @Test
  void refusesShapesThatTheNetworkCannotTake() {
    Cli.Result run = Cli.run("graph", "set-shapes", model, "-o", output, "--shape", "x=2x5x8x8");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("Conv");
    assertThat(Cli.run("graph", "set-shapes", model, "-o", output, "--shape", "x=2x0x8").exitCode())
        .isEqualTo(2);
    assertThat(output).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "8, 8"})
  void refusesSymbolsForSizesThatTheGraphHolds(long batch, long held) throws IOException {
    GraphMaker maker = new GraphMaker(17, 1);
    Value x = maker.input("x", batch, 4, 2);
    Value shape = maker.constant("shape", Tensor.vector(held, 8));
    maker.output(NodeBuilder.of("Reshape").name("flat").inputs(x, shape), "y");
    OnnxWriter.write(maker.model(), model);

    Cli.Result run = Cli.run("graph", "set-shapes", model, "-o", output, "--shape", "x=Nx4x2");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("N cannot be another size than " + batch, "'flat'", "quench export --free");
    assertThat(output).doesNotExist();
  }

  /// Twice the size would be more positions than the network has.
  @Test
  void allowsSymbolsForSizesUpToABound() throws IOException {
    GraphMaker maker = new GraphMaker(17, 1);
    Value x = maker.input("x", 1, 6);
    Value positions = maker.constant("positions", GraphMaker.floats(new SplittableRandom(1), 1, 8));
    Value length = maker.add(NodeBuilder.of("Shape").attribute("start", 1L), "length", x);
    Value used =
        maker.add(
            NodeBuilder.of("Slice"),
            "used",
            positions,
            maker.constant("from", Tensor.vector(0)),
            length,
            maker.constant("axes", Tensor.vector(1)));
    maker.output(NodeBuilder.of("Add").inputs(x, used), "y");
    OnnxWriter.write(maker.model(), model);
    assertThat(
            Cli.run("graph", "set-shapes", model, "-o", output, "--shape", "x=1xlength").exitCode())
        .isZero();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void reducesToTheNodeThatFails() throws IOException {
    Cli.Result run =
        Cli.run("debug", "reduce", model, "-o", output, "--", "grep", "-qv", "Tanh", "{}");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("the whole model passes the check");

    Cli.Result reduced =
        Cli.run(
            "debug", "reduce", model, "-o", output, "--text", "matches", "--", "grep", "Tanh",
            "{}");
    assertThat(reduced.exitCode()).isZero();
    assertThat(reduced.out()).contains("5 -> 1 nodes");
    assertThat(written()).containsExactly("Tanh");
  }
}
