// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.prune;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PruneCommandTest {
  @TempDir private Path folder;
  private Path model;
  private Path output;

  @BeforeEach
  void writeModel() throws IOException {
    model = folder.resolve("nin.onnx");
    output = folder.resolve("pruned.onnx");
    OnnxWriter.write(network(), model);
  }

  private static Model network() {
    return Architecture.NIN.build(NetworkOptions.MNIST.withWidthMultiplier(0.5).withSeed(2));
  }

  @Test
  void takesHalfOfTheMultiplyAccumulatesInMultiplesOfEight() throws IOException {
    Result result = Cli.run("prune", model, "-o", output, "--ratio", 0.5, "--align", 8, "--json");

    assertThat(result.exitCode()).as(result.err()).isZero();
    JsonNode json = result.json();
    long before = json.at("/before/macs").asLong();
    assertThat(json.at("/after/macs").asLong()).isLessThanOrEqualTo(before / 2);
    assertThat(json.at("/maskedError").asDouble()).isLessThan(1e-4);
    assertThat(json.at("/measured/realizedGain").asDouble()).isPositive();
    assertThat(json.at("/refused/0/reason").asText()).contains("output 'logits' of the graph");
    Shape weights =
        OnnxReader.read(output).graph().value("conv2.weight").flatMap(Value::shape).orElseThrow();
    assertThat(weights.size(0) % 8).isZero();
    assertThat(weights.size(1) % 8).isZero();
  }

  @Test
  void saysInOneLineWhatWasMeasured() {
    Result result = Cli.run("prune", model, "-o", output, "--ratio", 0.3);

    assertThat(result.out().lines().filter(line -> line.startsWith("measured: "))).hasSize(1);
    assertThat(result.out()).contains("stays: conv9 (10): output 'logits' of the graph");
  }

  @Test
  void fitsLayersAnewToData() throws IOException {
    Result result =
        Cli.run(
            "prune",
            model,
            "-o",
            output,
            "--ratio",
            0.5,
            "--method",
            "obs",
            "--data",
            "demo",
            "--samples",
            256,
            "--json");

    assertThat(result.exitCode()).as(result.err()).isZero();
    JsonNode json = result.json();
    assertThat(json.at("/layerErrors")).isNotEmpty();
    assertThat(json.at("/layerErrors/0/fitted").asDouble())
        .isLessThan(json.at("/layerErrors/0/plain").asDouble());
    assertThat(json.at("/maskedError").asDouble()).isLessThan(1e-4);
  }

  @Test
  void magnitudeZeroesWeightsAndLeavesTheirShapes() throws IOException {
    Result result =
        Cli.run("prune", model, "-o", output, "--ratio", 0.75, "--method", "magnitude", "--json");

    assertThat(result.exitCode()).as(result.err()).isZero();
    Tensor weights =
        OnnxReader.read(output)
            .graph()
            .value("conv2.weight")
            .orElseThrow()
            .initializer()
            .orElseThrow();
    assertThat(weights.shape()).isEqualTo(Shape.of(80, 96, 1, 1));
    long zeros = Arrays.stream(weights.toDoubles()).filter(weight -> weight == 0).count();
    assertThat(zeros).isEqualTo(80 * 96 * 3 / 4);
  }

  @Test
  void givesLayersThePatternOfSparseTensorCores() throws IOException {
    Result result = Cli.run("prune", model, "-o", output, "--pattern", "2:4", "--json");

    assertThat(result.exitCode()).as(result.err()).isZero();
    JsonNode json = result.json();
    assertThat(json.at("/zeros").asLong()).isEqualTo(json.at("/weights").asLong() / 2);
    assertThat(json.at("/orderError").asDouble()).isLessThan(1e-4);
    JsonNode second = json.at("/layers/0");
    assertThat(second.at("/layer").asText()).isEqualTo("conv2");
    assertThat(second.at("/share").asDouble()).isGreaterThan(second.at("/shareInOrder").asDouble());
    assertThat(json.at("/leftOut/0/layer").asText()).isEqualTo("conv1");
    float[] weights =
        OnnxReader.read(output)
            .graph()
            .value("conv2.weight")
            .flatMap(Value::initializer)
            .orElseThrow()
            .toFloats();
    for (int from = 0; from < weights.length; from += 4) {
      float[] group = Arrays.copyOfRange(weights, from, from + 4);
      int kept = 0;
      for (float weight : group) {
        kept += weight == 0 ? 0 : 1;
      }
      assertThat(kept).isEqualTo(2);
    }
  }

  @Test
  void saysThatOnlyTensorRtGainsByThePattern() {
    Result result = Cli.run("prune", model, "-o", output, "--pattern", "2:4", "--no-permutation");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("left out: conv1: it reads the input of the graph")
        .contains("in order: conv2: not asked for")
        .contains("ONNX Runtime takes as long as before");
  }

  @Test
  void refusesWhatDoesNotGoWithAPattern() {
    assertUsage(
        Cli.run("prune", model, "-o", output, "--pattern", "2:4", "--ratio", 0.5), "omit --ratio");
    assertUsage(Cli.run("prune", model, "-o", output, "--pattern", "4"), "such as 2:4");
    assertUsage(
        Cli.run("prune", model, "-o", output, "--ratio", 0.5, "--no-permutation"),
        "are for --pattern");
    Result result = Cli.run("prune", model, "-o", output, "--pattern", "2:4", "--exclude", "*");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("no layer fits the pattern 2:4").hasLineCount(1);
    assertThat(output).doesNotExist();
  }

  @Test
  void saysWhatIsPossibleWhereTheRatioIsNot() {
    Result result = Cli.run("prune", model, "-o", output, "--ratio", 0.9, "--floor", 0.6);

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("at most 0.6", "lower the floor").hasLineCount(1);
    assertThat(output).doesNotExist();
  }

  @Test
  void refusesValuesThatAnOptionCannotHave() {
    assertUsage(Cli.run("prune", model, "-o", output), "--ratio");
    assertUsage(Cli.run("prune", model, "-o", output, "--ratio", 1), "between 0 and 1");
    assertUsage(Cli.run("prune", model, "-o", output, "--ratio", 0.5, "--align", 0), "--align");
    assertUsage(
        Cli.run("prune", model, "-o", output, "--ratio", 0.5, "--method", "obs"),
        "--method obs judges channels on data: give --data");
    assertUsage(
        Cli.run("prune", model, "-o", output, "--ratio", 0.5, "--method", "random"),
        "expected l1, l2, fpgm, slimming, ista, activation, taylor, lasso, thinet, obs or magnitude");
  }

  private static void assertUsage(Result result, String message) {
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains(message);
  }
}
