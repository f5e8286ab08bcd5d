// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.option.BundledSample;
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
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every command of the three guides works, in their order, on files of the names that they use;
/// those that need a GPU are left out.
class GuidesTest {
  private static final int MOST_COMMANDS = 9;
  private static final int FILTERS = 18;

  /// A file or folder in a word of a command, after what says how it is read.
  private static final Pattern NAMED =
      Pattern.compile(
          "((?:images|idx):)?([\\w./-]+\\.(?:onnx|json|cache|html)|photos|validation|DIR|out)");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {"build-an-int8-engine.md", "generate-a-calibration-cache.md", "evaluate.md"})
  void isShortAndShowsCommandsInBlocks(String name) throws IOException {
    Guide guide = Guide.read(name);
    assertThat(guide.steps())
        .hasSizeBetween(3, MOST_COMMANDS)
        .allSatisfy(step -> assertThat(step.command()).startsWith("./quench "));
    assertThat(guide.prose()).doesNotContainPattern("(?m)^ {4,}\\./quench");
    List<String> gpu = List.of("build ", "model.engine");
    assertThat(guide.steps())
        .allSatisfy(step ->
            assertThat(gpu.stream().anyMatch(step.command()::contains))
                .as(step.command())
                .isEqualTo(step.needsGpu()));
  }

  @Test
  void anInt8Engine() throws IOException {
    OnnxWriter.write(colours(), folder.resolve("model.onnx"));
    int seed = 0;
    Files.createDirectories(folder.resolve("photos"));
    for (int photo = 0; photo < 12; photo++) {
      write(folder.resolve("photos/%d.png".formatted(photo)), photo % 3, seed++);
    }
    for (int colour = 0; colour < 3; colour++) {
      Path ofClass = Files.createDirectories(folder.resolve("validation/" + colour));
      for (int image = 0; image < 3; image++) {
        write(ofClass.resolve(image + ".png"), colour, seed++);
      }
    }
    follow("build-an-int8-engine.md");
    assertThat(folder.resolve("out"))
        .isDirectoryContaining("glob:**/report.html")
        .isDirectoryContaining("glob:**/model.int8.tensorrt.onnx");
    assertThat(folder).isDirectoryContaining("glob:**/calibration.cache");
  }

  @Test
  void aCalibrationCache() throws IOException {
    bundledModel();
    Path old = folder.resolve("old.json");
    done(
        "calibrate",
        folder.resolve("model.onnx"),
        "--data",
        "demo-train",
        "--first",
        16,
        "--method",
        "minmax",
        "--table",
        old,
        "--cache",
        folder.resolve("foreign.cache"));
    Files.copy(old, folder.resolve("new.json"));
    Files.createDirectories(folder.resolve("DIR"));
    for (String part : List.of("images-idx3", "labels-idx1")) {
      String file = "train-" + part + "-ubyte.gz";
      try (InputStream in = Main.class.getResourceAsStream("demo/" + file)) {
        Files.copy(in, folder.resolve("DIR").resolve(file));
      }
    }
    follow("generate-a-calibration-cache.md");
    assertThat(folder.resolve("model.int8.onnx")).isNotEmptyFile();
  }

  @Test
  void anEvaluation() throws IOException {
    bundledModel();
    Path table = folder.resolve("t.json");
    done(
        "calibrate",
        folder.resolve("model.onnx"),
        "--data",
        "demo-train",
        "--samples",
        300,
        "--table",
        table);
    done(
        "quantize",
        folder.resolve("model.onnx"),
        "-o",
        folder.resolve("model.int8.onnx"),
        "--table",
        table);
    follow("evaluate.md");
    assertThat(folder.resolve("report.html")).isNotEmptyFile();
  }

  private void follow(String name) throws IOException {
    for (Guide.Step step : Guide.read(name).steps()) {
      if (!step.needsGpu()) {
        done(
            Arrays.stream(step.command().substring("./quench ".length()).split(" +"))
                .map(this::here)
                .toArray());
      }
    }
  }

  /// A word of a command, with files in the folder of the test.
  private String here(String word) {
    Matcher named = NAMED.matcher(word);
    return named.matches()
        ? (named.group(1) == null ? "" : named.group(1)) + folder.resolve(named.group(2))
        : word;
  }

  private static void done(Object... words) {
    Cli.Result result = Cli.run(words);
    assertThat(result.exitCode()).as("%s: %s", List.of(words), result.err()).isZero();
  }

  private void bundledModel() throws IOException {
    try (InputStream in = Main.class.getResourceAsStream("demo/" + BundledSample.MODEL)) {
      Files.copy(in, folder.resolve("model.onnx"));
    }
  }

  /// Noise around one of the primary colours.
  private static void write(Path file, int colour, long seed) throws IOException {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(256, 256, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 256; y++) {
      for (int x = 0; x < 256; x++) {
        int rgb = 0;
        for (int channel = 0; channel < 3; channel++) {
          rgb = rgb << 8 | random.nextInt(100) + (channel == colour ? 150 : 0);
        }
        image.setRGB(x, y, rgb);
      }
    }
    ImageIO.write(image, "png", file.toFile());
  }

  /// Tells red, green and blue apart, by the means of the channels.
  private static Model colours() {
    Graph graph = new Graph("colours", OpsetImports.onnx(17));
    Value image =
        graph.addInput(
            "image",
            ValueType.tensor(
                DataType.FLOAT,
                new Shape(List.of(Dim.of("N"), Dim.of(3), Dim.of(224), Dim.of(224)))));
    float[] means = new float[FILTERS * 3 * 256];
    float[] choice = new float[3 * FILTERS];
    for (int filter = 0; filter < FILTERS; filter++) {
      int channel = filter % 3;
      Arrays.fill(means, (filter * 3 + channel) * 256, (filter * 3 + channel + 1) * 256, 1 / 256f);
      choice[channel * FILTERS + filter] = 1;
    }
    Value mean = convolution(graph, image, "mean", Shape.of(FILTERS, 3, 16, 16), means);
    Value chosen = convolution(graph, mean, "choice", Shape.of(3, FILTERS, 1, 1), choice);
    Value pooled =
        graph.append(NodeBuilder.of("GlobalAveragePool").inputs(chosen).output("pooled")).output(0);
    Value scores =
        graph.append(NodeBuilder.of("Flatten").inputs(pooled).output("scores")).output(0);
    graph.addOutput(scores);
    return new Model(graph, 8);
  }

  private static Value convolution(
      Graph graph, Value input, String name, Shape shape, float[] weights) {
    long side = shape.sizes()[3];
    Value kernel = graph.addInitializer(name + ".weight", Tensor.ofFloats(shape, weights));
    return graph
        .append(
            NodeBuilder.of("Conv").inputs(input, kernel).ints("strides", side, side).output(name))
        .output(0);
  }
}
