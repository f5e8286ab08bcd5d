// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.picture;

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
import dev.quench.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `run --image`: a picture in, an answer out.
class RunPictureTest {
  private static final int SIDE = 28;

  @TempDir private static Path folder;
  private static Path model;

  /// The first test image of the bundled data, an ankle boot.
  private static Path boot;

  private static Path street;

  @BeforeAll
  static void writeFiles() throws IOException {
    model = folder.resolve("nin.onnx");
    try (InputStream in = Main.class.getResourceAsStream("demo/" + BundledSample.MODEL)) {
      Files.copy(in, model);
    }
    boot = folder.resolve("boot.png");
    try (InputStream in =
        new GZIPInputStream(Main.class.getResourceAsStream("demo/t10k-images-idx3-ubyte.gz"))) {
      in.skipNBytes(16);
      BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
      for (int i = 0; i < SIDE * SIDE; i++) {
        image.getRaster().setSample(i % SIDE, i / SIDE, 0, in.read());
      }
      ImageIO.write(image, "png", boot.toFile());
    }
    street = folder.resolve("street.png");
    ImageIO.write(new BufferedImage(128, 64, BufferedImage.TYPE_INT_RGB), "png", street.toFile());
  }

  /// A model that answers the same whatever it sees.
  private static Path constant(String name, Tensor answer) throws IOException {
    Graph graph = new Graph(name, OpsetImports.onnx(13));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 3, 64, 64)));
    Value mean =
        graph
            .append(
                NodeBuilder.of("ReduceMean")
                    .inputs(x)
                    .attribute("keepdims", 0)
                    .output("mean", ValueType.tensor(DataType.FLOAT, Shape.SCALAR)))
            .output(0);
    Value zero = graph.addInitializer("zero", Tensor.ofFloats(Shape.SCALAR, 0));
    Value nothing =
        graph
            .append(
                NodeBuilder.of("Mul")
                    .inputs(mean, zero)
                    .output("nothing", ValueType.tensor(DataType.FLOAT, Shape.SCALAR)))
            .output(0);
    Value stored = graph.addInitializer("stored", answer);
    graph.addOutput(
        graph
            .append(
                NodeBuilder.of("Add")
                    .inputs(nothing, stored)
                    .output("y", ValueType.tensor(DataType.FLOAT, answer.shape())))
            .output(0));
    Path file = folder.resolve(name + ".onnx");
    OnnxWriter.write(new Model(graph, 8), file);
    return file;
  }

  private static Path declared() throws IOException {
    return Files.writeString(
        folder.resolve("how.json"),
        """
        {"color":"rgb","convertColor":true,"resize":{"mode":"exact","width":64,"height":64},
         "interpolation":"bilinear","scale":"1/255","mean":[0],"std":[1],"layout":"NCHW","dataType":"FLOAT"}
        """);
  }

  @Test
  void printsTheBestFiveClassesByName() {
    Result result = Cli.run("run", model, "--image", boot);
    assertThat(result.exitCode()).as(result.err()).isZero();
    List<String> lines = result.out().lines().toList();
    assertThat(lines).hasSize(6);
    assertThat(lines.get(1)).startsWith("Ankle boot").endsWith("%");
    assertThat(result.err()).contains("resized to 28 x 28, gray").doesNotContain("--labels");
  }

  @Test
  void takesNamesFromASetOrAFile() throws IOException {
    assertThat(Cli.run("run", model, "--image", boot, "--labels", "cifar10", "--top", 1).out())
        .contains("truck");
    Path few = Files.writeString(folder.resolve("few.txt"), "a\nb\n");
    Result refused = Cli.run("run", model, "--image", boot, "--labels", few);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("2 names for the 10 classes");
  }

  @Test
  void saysHowToNameClasses() throws IOException {
    Path plain = constant("nameless", Tensor.ofFloats(Shape.of(1, 2), 1, 2));
    Result nameless = Cli.run("run", plain, "--image", street, "--preprocess", declared());
    assertThat(nameless.exitCode()).as(nameless.err()).isZero();
    assertThat(nameless.out()).contains("class 1");
    assertThat(nameless.err()).contains("--labels FILE");

    Path names = Files.writeString(folder.resolve("names.txt"), "cat\ndog\n");
    Result named =
        Cli.run("run", plain, "--image", street, "--preprocess", declared(), "--labels", names);
    assertThat(named.out()).contains("dog").doesNotContain("class 1");
    assertThat(named.err()).doesNotContain("--labels");
  }

  @Test
  void givesClassesAsJson() {
    Result result = Cli.run("run", model, "--image", boot, "--json", "--top", 2);
    assertThat(result.json().at("/task").asText()).isEqualTo("classes");
    assertThat(result.json().at("/classes/0/index").asInt()).isEqualTo(9);
    assertThat(result.json().at("/classes/0/score").asDouble()).isBetween(0.5, 1.0);
    assertThat(result.json().at("/classes")).hasSize(2);
  }

  @Test
  void drawsBoxesIntoAFile() throws IOException {
    Path yolo =
        constant(
            "yolo",
            Tensor.ofFloats(Shape.of(1, 6, 2), 32, 9, 32, 9, 32, 1, 32, 1, 0.1f, 0, 0.9f, 0));
    Path drawing = folder.resolve("boxes.png");
    Result result =
        Cli.run(
            "run",
            yolo,
            "--image",
            street,
            "--preprocess",
            declared(),
            "--task",
            "yolo",
            "-o",
            drawing);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).contains("class 1", "90.0 %");
    BufferedImage drawn = ImageIO.read(drawing.toFile());
    assertThat(drawn.getWidth()).isEqualTo(128);
    // From 16 to 48 of 64 is from 32 to 96 of 128.
    assertThat(drawn.getRGB(32, 40) & 0xFFFFFF).isNotZero();
    assertThat(drawn.getRGB(96, 40) & 0xFFFFFF).isNotZero();
    assertThat(drawn.getRGB(64, 40) & 0xFFFFFF).isZero();
  }

  @Test
  void drawsTheOverlayOfASegmenter() throws IOException {
    Path segmenter = constant("segmenter", Tensor.ofFloats(Shape.of(1, 2, 1, 2), 1, 0, 0, 1));
    Path overlay = folder.resolve("overlay.png");
    Result result =
        Cli.run("run", segmenter, "--image", street, "--preprocess", declared(), "-o", overlay);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).contains("class 0", "50.0 %");
    assertThat(ImageIO.read(overlay.toFile()).getRGB(127, 1) & 0xFFFFFF).isEqualTo(0x400000);
  }

  @Test
  void writesTheTextThatItReads() throws IOException {
    Path reader = constant("reader", Tensor.ofFloats(Shape.of(1, 3, 3), 0, 9, 0, 9, 0, 0, 0, 0, 9));
    Path dictionary = Files.writeString(folder.resolve("letters.txt"), "h\ni\n");
    Path text = folder.resolve("said.txt");
    Result result =
        Cli.run(
            "run",
            reader,
            "--image",
            street,
            "--preprocess",
            declared(),
            "--dictionary",
            dictionary,
            "-o",
            text);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out().strip()).isEqualTo("hi");
    assertThat(text).hasContent("hi");
  }

  @Test
  void writesArraysIntoAFolderToo() {
    Path out = folder.resolve("arrays");
    assertThat(Cli.run("run", model, "--image", boot, "-o", out).exitCode()).isZero();
    assertThat(out.resolve("logits.npy")).exists();
  }

  @Test
  void refusesWhatItCannotDoWithReasons() throws IOException {
    assertRefused(2, "give --image FILE", "run", model);
    assertRefused(2, "needs --image", "run", model, "-o", folder.resolve("x.png"));
    assertRefused(
        1, "nothing to draw", "run", model, "--image", boot, "-o", folder.resolve("x.png"));
    assertRefused(2, "is an input", "run", model, "--image", boot, "-o", boot);
    assertRefused(2, "unknown task 'poem'", "run", model, "--image", boot, "--task", "poem");
    Path plain = constant("plain", Tensor.ofFloats(Shape.of(1, 2), 1, 2));
    assertRefused(2, "give --preprocess (imagenet", "run", plain, "--image", street);
    assertRefused(
        1, "expected [1, 3, 64, 64]", "run", plain, "--image", street, "--preprocess", "imagenet");
    assertRefused(1, "missing.png", "run", model, "--image", folder.resolve("missing.png"));
  }

  private static void assertRefused(int exitCode, String message, Object... command) {
    Result result = Cli.run(command);
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    assertThat(result.err()).contains(message).doesNotContain("\tat ");
  }
}
