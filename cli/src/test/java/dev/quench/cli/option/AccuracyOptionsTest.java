// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.cli.Main;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `quantize` does to keep accuracy.
class AccuracyOptionsTest {
  @TempDir static Path folder;
  private static Path model;

  @BeforeAll
  static void writeModel() throws IOException {
    model = folder.resolve("nin.onnx");
    try (InputStream in = Main.class.getResourceAsStream("demo/" + BundledSample.MODEL)) {
      Files.copy(in, model);
    }
  }

  @Test
  void searchesForADropAndSaysWhatEachLayerCosts() {
    Result result =
        quantize("drop.onnx", "--max-drop", 1, "--score-samples", 100, "--equalize", "--json");
    assertThat(result.exitCode()).as(result.err()).isZero();
    JsonNode ranking = result.json().get("sensitivity");
    assertThat(ranking).hasSize(9);
    double last = Double.NEGATIVE_INFINITY;
    for (JsonNode tensor : ranking) {
      assertThat(tensor.get("sqnrDecibel").asDouble()).isGreaterThanOrEqualTo(last);
      assertThat(tensor.get("layers")).isNotEmpty();
      assertThat(tensor.has("drop")).isTrue();
      last = tensor.get("sqnrDecibel").asDouble();
    }
    assertThat(folder.resolve("drop.onnx")).isNotEmptyFile();
  }

  @Test
  void leavesLayersFloatForACosineThatIsHardToKeep() {
    Result plain = quantize("plain.onnx", "--json");
    Result strict = quantize("strict.onnx", "--min-cosine", 0.9999, "--json");
    assertThat(strict.exitCode()).as(strict.err()).isZero();
    assertThat(strict.json().get("layers").size()).isLessThan(plain.json().get("layers").size());
  }

  @Test
  void correctsBiases() {
    Result result = quantize("bias.onnx", "--bias-correction");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).contains("bias correction: 9 layers");
    assertThat(
            Cli.run("compare", model, folder.resolve("bias.onnx"), "--min-cosine", 0.9).exitCode())
        .isZero();
  }

  @Test
  void refusesWhatHasNoDataOrNoSense() {
    Result noData =
        Cli.run("quantize", model, "-o", folder.resolve("x"), "--table", "t", "--equalize");
    assertThat(noData.exitCode()).isEqualTo(2);
    assertThat(noData.err()).contains("require --data");
    assertThat(quantize("x", "--max-drop", 101).exitCode()).isEqualTo(2);
    assertThat(quantize("x", "--max-drop", 1, "--min-cosine", 0.9).exitCode()).isEqualTo(2);
    assertThat(folder.resolve("x")).doesNotExist();
  }

  private static Result quantize(String output, Object... options) {
    Object[] command = {
      "quantize", model, "-o", folder.resolve(output), "--data", "demo-train", "--samples", 100
    };
    Object[] all = Arrays.copyOf(command, command.length + options.length);
    System.arraycopy(options, 0, all, command.length, options.length);
    return Cli.run(all);
  }
}
