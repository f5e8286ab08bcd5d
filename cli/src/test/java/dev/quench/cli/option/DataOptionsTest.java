// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which samples, which classes and which axis the data of a command mean.
class DataOptionsTest {
  private static final String GRAY =
      "{\"color\":\"rgb\",\"convertColor\":true,\"scale\":1,\"layout\":\"NCHW\",\"dataType\":\"FLOAT\"}";

  @TempDir private Path folder;

  private Path preprocess() throws IOException {
    return Files.writeString(folder.resolve("gray.json"), GRAY);
  }

  /// For images of one pixel: scores are the level, 200 less it, 150, and little for 13 more
  /// classes.
  private Path pixels(String names) throws IOException {
    Graph graph = new Graph("pixels", OpsetImports.onnx(17));
    Value x =
        graph.addInput(
            "x",
            ValueType.tensor(
                DataType.FLOAT, Shape.of(Dim.of("N"), Dim.of(3), Dim.of(1), Dim.of(1))));
    float[] factors = new float[16 * 3];
    Arrays.fill(factors, 0.01f);
    factors[0] = 1;
    factors[3] = -1;
    float[] shifts = new float[16];
    Arrays.fill(shifts, -1000);
    shifts[0] = 0;
    shifts[1] = 200;
    shifts[2] = 150;
    Value weights = graph.addInitializer("w", Tensor.ofFloats(Shape.of(16, 3, 1, 1), factors));
    Value bias = graph.addInitializer("b", Tensor.ofFloats(Shape.of(16), shifts));
    graph.addOutput(
        graph
            .append(NodeBuilder.of("Conv").inputs(x, weights, bias).output("y"))
            .outputs()
            .getFirst());
    Model model = new Model(graph, 8);
    if (!names.isEmpty()) {
      model.metadata().put("names", names);
    }
    Path file = folder.resolve("pixels.onnx");
    OnnxWriter.write(model, file);
    return file;
  }

  private void pixel(String name, int level) throws IOException {
    Path file = folder.resolve("photos").resolve(name);
    Files.createDirectories(file.getParent());
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(0, 0, 0, level);
    ImageIO.write(image, "png", file.toFile());
  }

  private JsonNode range(Object... options) {
    Object[] words = new Object[options.length + 1];
    System.arraycopy(options, 0, words, 0, options.length);
    words[options.length] = "--json";
    Result result = Cli.run(words);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.json();
  }

  private double highest(JsonNode json, String tensor) {
    for (JsonNode each : json.get("tensors")) {
      if (each.get("name").asText().equals(tensor)) {
        return each.get("max").asDouble();
      }
    }
    throw new AssertionError("no tensor " + tensor + " in " + json);
  }

  @Test
  void samplesComeFromAllClassesAndTheFirstFromOne() throws IOException {
    for (int i = 0; i < 30; i++) {
      pixel("abc".charAt(i / 10) + "/" + i + ".png", 10 * (i / 10));
    }
    Path model = pixels("");
    Path table = folder.resolve("t.json");
    String data = "images:" + folder.resolve("photos");

    JsonNode spread =
        range(
            "calibrate",
            model,
            "--data",
            data,
            "--preprocess",
            preprocess(),
            "--method",
            "minmax",
            "--table",
            table,
            "--samples",
            6);
    assertThat(spread.get("samples").asInt()).isEqualTo(6);
    assertThat(highest(spread, "x")).isEqualTo(20);
    assertThat(Files.readString(table)).contains("\"chosen\":{\"from\":30,\"seed\":1}");

    JsonNode first =
        range(
            "calibrate",
            model,
            "--data",
            data,
            "--preprocess",
            preprocess(),
            "--method",
            "minmax",
            "--table",
            folder.resolve("f.json"),
            "--first",
            6);
    assertThat(highest(first, "x")).isZero();
    assertThat(Files.readString(folder.resolve("f.json"))).doesNotContain("chosen");

    Result again =
        Cli.run(
            "calibrate",
            model,
            "--data",
            data,
            "--preprocess",
            preprocess(),
            "--method",
            "minmax",
            "--table",
            table,
            "--samples",
            6);
    assertThat(again.err()).contains("is valid");
    Result other =
        Cli.run(
            "calibrate",
            model,
            "--data",
            data,
            "--preprocess",
            preprocess(),
            "--method",
            "minmax",
            "--table",
            table,
            "--samples",
            6,
            "--first",
            6);
    assertThat(other.exitCode()).isEqualTo(2);
  }

  @Test
  void classesGoByTheModelsNames() throws IOException {
    pixel("bright/1.png", 250);
    pixel("dark/1.png", 10);
    pixel("medium/1.png", 120);
    Path model = pixels("{0: 'bright', 1: 'dark', 2: \"medium\"}");
    assertThat(top1(model)).isEqualTo(1);
    // Sorted names would be another order.
    Path other = pixels("['bright', 'medium', 'dark']");
    assertThat(top1(other)).isLessThan(0.5);
  }

  private double top1(Path model) throws IOException {
    return range(
            "eval",
            model,
            "--backend",
            "onnxruntime",
            "--data",
            "images:" + folder.resolve("photos"),
            "--preprocess",
            preprocess())
        .at("/results/0/top1")
        .asDouble();
  }

  @Test
  void classesThatDoNotMatchAreRefusedWhereLabelsCount() throws IOException {
    pixel("bright/1.png", 250);
    pixel("night/1.png", 10);
    Path model = pixels("bright,dark,medium");
    String data = "images:" + folder.resolve("photos");
    Result eval =
        Cli.run(
            "eval",
            model,
            "--backend",
            "onnxruntime",
            "--data",
            data,
            "--preprocess",
            preprocess());
    assertThat(eval.exitCode()).isEqualTo(1);
    assertThat(eval.err()).contains("'night' is not among the 3 classes", "classes.txt");
    range(
        "calibrate",
        model,
        "--data",
        data,
        "--preprocess",
        preprocess(),
        "--table",
        folder.resolve("t.json"));
    Result counted =
        Cli.run(
            "eval",
            pixels(""),
            "--backend",
            "onnxruntime",
            "--data",
            data,
            "--preprocess",
            preprocess());
    assertThat(counted.err()).contains("has 2 classes, but the model gives 16 scores");
    range(
        "eval",
        pixels(""),
        "--backend",
        "onnxruntime",
        "--data",
        data,
        "--preprocess",
        preprocess(),
        "--label-offset",
        1);
  }

  @Test
  void filesThatAreNotReadAreListed() throws IOException {
    pixel("a.png", 3);
    Files.writeString(folder.resolve("photos/b.heic"), "not read");
    Result result =
        Cli.run(
            "calibrate",
            pixels(""),
            "--data",
            "images:" + folder.resolve("photos"),
            "--preprocess",
            preprocess(),
            "--table",
            folder.resolve("t.json"));
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err()).contains("skipped", "b.heic");
  }

  /// `st = mean of the layers of state`, `y = x W + rate + sum of st`.
  private Path stateful() throws IOException {
    Graph graph = new Graph("stateful", OpsetImports.onnx(17));
    Value state = graph.addInput("state", type(Dim.of(2), Dim.of("N"), Dim.of(16)));
    Value x = graph.addInput("x", type(Dim.of("N"), Dim.of(16)));
    Value rate = graph.addInput("rate", ValueType.tensor(DataType.INT64, Shape.SCALAR));
    Value mean =
        append(
            graph,
            NodeBuilder.of("ReduceMean")
                .inputs(state)
                .ints("axes", 0)
                .attribute("keepdims", 0)
                .output("st"));
    Value shift =
        append(graph, NodeBuilder.of("Cast").inputs(rate).attribute("to", 1).output("shift"));
    Value shifted = append(graph, NodeBuilder.of("Add").inputs(x, shift).output("shifted"));
    Value sum = append(graph, NodeBuilder.of("Add").inputs(shifted, mean).output("sum"));
    float[] ones = new float[16 * 16];
    Arrays.fill(ones, 1);
    Value weights = graph.addInitializer("w", Tensor.ofFloats(Shape.of(16, 16), ones));
    graph.addOutput(append(graph, NodeBuilder.of("MatMul").inputs(sum, weights).output("y")));
    Path file = folder.resolve("stateful.onnx");
    OnnxWriter.write(new Model(graph, 8), file);
    return file;
  }

  private static ValueType type(Dim... dims) {
    return ValueType.tensor(DataType.FLOAT, Shape.of(dims));
  }

  private static Value append(Graph graph, NodeBuilder node) {
    return graph.append(node).outputs().getFirst();
  }

  private Path array(String name, Tensor tensor) throws IOException {
    Path file = folder.resolve(name);
    NpyFile.write(file, tensor);
    return file;
  }

  @Test
  void statesAreFedAlongTheirAxis() throws IOException {
    float[] layers = new float[5 * 2 * 16];
    for (int i = 0; i < layers.length; i++) {
      layers[i] = i / 16 % 2 == 0 ? 1000 : 0;
    }
    Path states = array("s.npy", Tensor.ofFloats(Shape.of(5, 2, 16), layers));
    Path rows = array("x.npy", Tensor.ofFloats(Shape.of(5, 16), new float[80]));
    Path model = stateful();
    Path rate = array("r.npy", Tensor.scalar(16L));

    JsonNode table =
        range(
            "calibrate",
            model,
            "--data",
            "npy:x=" + rows + ",state=" + states + ",rate=" + rate,
            "--method",
            "minmax",
            "--table",
            folder.resolve("t.json"));
    assertThat(highest(table, "sum")).isEqualTo(516);

    JsonNode fixed =
        range(
            "calibrate",
            model,
            "--data",
            "npy:x=" + rows + ",state=" + states,
            "--value",
            "rate=100",
            "--method",
            "minmax",
            "--table",
            folder.resolve("u.json"));
    assertThat(highest(fixed, "sum")).isEqualTo(600);

    Path rates = array("rs.npy", Tensor.ofLongs(Shape.of(5), 1, 2, 3, 4, 50));
    JsonNode each =
        range(
            "calibrate",
            model,
            "--data",
            "npy:x=" + rows + ",state=" + states + ",rate=" + rates,
            "--method",
            "minmax",
            "--table",
            folder.resolve("v.json"));
    assertThat(highest(each, "sum")).isEqualTo(550);
  }

  @Test
  void noiseIsNotASetting() throws IOException {
    Path model = stateful();
    Result profile = Cli.run("profile", model, "--backend", "onnxruntime", "--duration", 1);
    assertThat(profile.exitCode()).isEqualTo(1);
    assertThat(profile.err()).contains("--value rate=N");
    Result compare = Cli.run("compare", model, model, "--value", "rate=8");
    assertThat(compare.exitCode()).as(compare.err()).isZero();
    Result random =
        Cli.run(
            "compare", model, model, "--data", "random:x=6x16,state=2x6x16", "--value", "rate=8");
    assertThat(random.exitCode()).as(random.err()).isZero();
  }

  @Test
  void anAxisThatIsNotThereIsRefused() throws IOException {
    Path model = stateful();
    Result result = Cli.run("compare", model, model, "--value", "rate=8", "--batch-axis", "x=5");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("has 2 axes counted from 0");
  }
}
