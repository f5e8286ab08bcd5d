// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli.Result;
import dev.quench.cli.option.BundledSample;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Folders of images with declared preprocessing.
class ImageDataTest {
  private static final String DECLARED =
      """
      {"color":"gray","convertColor":false,"resize":{"mode":"none"},"interpolation":"bilinear",
       "scale":"1/255","mean":[0.286],"std":[0.353],"layout":"NCHW","dataType":"FLOAT"}
      """;

  @TempDir static Path folder;
  private static Path model;
  private static Path images;
  private static Path preprocess;

  @BeforeAll
  static void writeFiles() throws IOException {
    model = folder.resolve("nin.onnx");
    try (InputStream in = Main.class.getResourceAsStream("demo/" + BundledSample.MODEL)) {
      Files.copy(in, model);
    }
    preprocess = folder.resolve("preprocess.json");
    Files.writeString(preprocess, DECLARED);
    images = folder.resolve("images");
    for (int kind = 0; kind < 10; kind++) {
      Path of = Files.createDirectories(images.resolve(Integer.toString(kind)));
      BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
      image.getRaster().setSample(kind, kind, 0, 255);
      ImageIO.write(image, "png", of.resolve("a.png").toFile());
    }
  }

  @Test
  void evaluatesAndCalibratesOnThem() throws IOException {
    Result eval =
        Cli.run("eval", model, "--data", "images:" + images, "--preprocess", preprocess, "--json");
    assertThat(eval.exitCode()).as(eval.err()).isZero();
    assertThat(eval.json().at("/results/0/samples").asInt()).isEqualTo(10);
    Path table = folder.resolve("table.json");
    Result calibrate =
        Cli.run(
            "calibrate",
            model,
            "--data",
            "images:" + images,
            "--preprocess",
            preprocess,
            "--table",
            table);
    assertThat(calibrate.exitCode()).as(calibrate.err()).isZero();
    assertThat(Files.readString(table)).contains("\\\"color\\\":\\\"gray\\\"");
  }

  @Test
  void namesDamagedImagesAndSkipsThemOnRequest() throws IOException {
    Path damaged = folder.resolve("damaged");
    Files.createDirectories(damaged.resolve("0"));
    Files.copy(images.resolve("0/a.png"), damaged.resolve("0/good.png"));
    Files.writeString(damaged.resolve("0/bad.png"), "no image");
    String data = "images:" + damaged;
    Result refused =
        Cli.run("eval", model, "--data", data, "--preprocess", preprocess, "--metric", "none");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("bad.png");
    Result skipped =
        Cli.run(
            "eval",
            model,
            "--data",
            data,
            "--preprocess",
            preprocess,
            "--metric",
            "none",
            "--skip-damaged",
            "--json");
    assertThat(skipped.exitCode()).as(skipped.err()).isZero();
    assertThat(skipped.err()).contains("skipped", "bad.png");
    assertThat(skipped.json().at("/results/0/samples").asInt()).isEqualTo(1);
  }

  @Test
  void needsPreprocessingAndImages() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("empty"));
    Result none = Cli.run("eval", model, "--data", "images:" + empty, "--preprocess", preprocess);
    assertThat(none.exitCode()).isEqualTo(1);
    Result undeclared = Cli.run("eval", model, "--data", "images:" + images);
    assertThat(undeclared.exitCode()).isEqualTo(1);
    assertThat(undeclared.err()).contains("--preprocess");
    Result unknown =
        Cli.run("eval", model, "--data", "images:" + images, "--preprocess", "resnet-of-mine");
    assertThat(unknown.exitCode()).isEqualTo(1);
    assertThat(unknown.err()).contains("imagenet");
    Result wrongMetric =
        Cli.run(
            "eval",
            model,
            "--data",
            "images:" + images,
            "--preprocess",
            preprocess,
            "--metric",
            "mean-iou");
    assertThat(wrongMetric.exitCode()).isEqualTo(1);
    assertThat(wrongMetric.err()).contains("mean-iou").doesNotContain("\tat ");
  }
}
