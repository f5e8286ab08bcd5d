// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.cli.Main;
import dev.quench.cli.option.BundledSample;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The bundled VGG-style network as words and codes.
class ProductNetworkTest {
  @TempDir private Path folder;
  private Path coded;

  @BeforeEach
  void code() throws IOException {
    coded = folder.resolve("coded.onnx");
    Path network = folder.resolve("vgg.onnx");
    try (InputStream in = Main.class.getResourceAsStream("demo/" + BundledSample.VGG)) {
      Files.copy(in, network);
    }
    Result result = Cli.run("factor", network, "-o", coded, "--product", "--words", 16);
    assertThat(result.exitCode()).as(result.err()).isZero();
  }

  @Test
  void runsByLookupsWhereAskedTo() {
    Result plan =
        Cli.run("export", coded, "-o", folder.resolve("out.onnx"), "--target", "xnor", "--json");
    assertThat(plan.exitCode()).as(plan.err()).isZero();
    assertThat(plan.json().get("lookupLayers")).hasSize(4);
    assertThat(plan.json().get("lookupLayers").get(0).get("words").asInt()).isEqualTo(16);
    assertThat(plan.err()).contains("look-ups are not faster everywhere");
    Result text = Cli.run("export", coded, "-o", folder.resolve("again.onnx"), "--target", "xnor");
    assertThat(text.out()).contains("look-up: Conv 'conv2': 16 words, 4 pieces of 8 channels");

    Result compared =
        Cli.run(
            "compare",
            coded,
            coded,
            "--backend",
            "onnxruntime,xnor",
            "--data",
            "demo",
            "--samples",
            16,
            "--max-error",
            "1e-4");
    assertThat(compared.exitCode()).as(compared.out() + compared.err()).isZero();
    Result chosen = Cli.run("eval", coded, "--data", "demo", "--limit", 64, "--json");
    assertThat(chosen.json().at("/results/0/backend").asText()).isEqualTo("onnxruntime");
  }

  @Test
  void trainsWordsAndStaysSmall() throws IOException {
    Path tuned = folder.resolve("tuned.onnx");
    Result result =
        Cli.run(
            "train",
            "--model",
            coded,
            "--data",
            "demo-train",
            "--limit",
            256,
            "--epochs",
            1,
            "--threads",
            1,
            "-o",
            tuned);
    assertThat(result.exitCode()).as(result.err()).isZero();
    // Training writes the normalization of pixels into the metadata in other words.
    assertThat(Files.size(tuned)).isCloseTo(Files.size(coded), within(32L));
    assertThat(Files.mismatch(coded, tuned)).isNotNegative();
    Result plan =
        Cli.run("export", tuned, "-o", folder.resolve("x.onnx"), "--target", "xnor", "--json");
    assertThat(plan.json().get("lookupLayers")).hasSize(4);
  }
}
