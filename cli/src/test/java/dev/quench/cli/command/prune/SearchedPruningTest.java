// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.prune;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `prune` with a search for the widths, on the bundled NIN and on a small network.
class SearchedPruningTest {
  private static final Path NIN =
      Path.of("src/main/resources/dev/quench/cli/demo/nin-fashion-mnist.onnx");

  @TempDir private Path folder;

  private Result prune(Path model, Object... options) {
    List<Object> words =
        new ArrayList<>(
            List.of("prune", model, "-o", folder.resolve("out.onnx"), "--data", "demo"));
    words.addAll(List.of(options));
    return Cli.run(words.toArray());
  }

  private Path lenet(long seed) throws IOException {
    Path file = folder.resolve("lenet" + seed + ".onnx");
    OnnxWriter.write(Architecture.LENET.build(NetworkOptions.MNIST.withSeed(seed)), file);
    return file;
  }

  @Test
  void takesHalfOfTheMultiplyAccumulatesWhereItCostsLeast() throws IOException {
    Result result =
        prune(
            NIN,
            "--search",
            "sensitivity",
            "--ratio",
            0.5,
            "--samples",
            400,
            "--widths",
            3,
            "--align",
            8,
            "--evaluations",
            25,
            "--json");

    assertThat(result.exitCode()).as(result.err()).isZero();
    JsonNode json = result.json();
    assertThat(json.at("/after/macs").asLong())
        .isLessThanOrEqualTo(json.at("/before/macs").asLong() / 2);
    assertThat(json.at("/maskedError").asDouble()).isLessThan(1e-4);
    assertThat(json.at("/search/method").asText()).isEqualTo("sensitivity");
    assertThat(json.at("/search/groups")).hasSize(8);
    assertThat(json.at("/search/evaluations").asInt()).isBetween(17, 25);
    assertThat(json.at("/search/cost").asDouble())
        .isLessThanOrEqualTo(json.at("/search/costBefore").asDouble() / 2);
    assertThat(OnnxReader.read(folder.resolve("out.onnx")).graph().nodes()).isNotEmpty();
  }

  @Test
  void goesOnFromItsStateAndRefusesThatOfAnotherModel() throws IOException {
    Path state = folder.resolve("state.json");
    Object[] options = {
      "--search",
      "sensitivity",
      "--ratio",
      0.4,
      "--samples",
      200,
      "--widths",
      3,
      "--evaluations",
      20,
      "--search-state",
      state,
      "--json"
    };

    JsonNode first = prune(lenet(1), options).json();
    String stored = Files.readString(state);
    JsonNode second = prune(lenet(1), options).json();
    Result other = prune(lenet(2), options);

    assertThat(second.at("/search/groups")).isEqualTo(first.at("/search/groups"));
    assertThat(Files.readString(state)).isEqualTo(stored);
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.err())
        .contains("holds the measurements of other model", "name another state file")
        .hasLineCount(1);
  }

  @Test
  void holdsATimeByATableOfLatencies() throws IOException {
    Path state = folder.resolve("state.json");
    Object[] options = {
      "--samples",
      200,
      "--widths",
      2,
      "--evaluations",
      1,
      "--batch-size",
      8,
      "--search-state",
      state
    };
    Path model = folder.resolve("vgg.onnx");
    OnnxWriter.write(
        Architecture.VGG_SMALL.build(NetworkOptions.MNIST.withWidthMultiplier(0.5).withSeed(1)),
        model);

    Result slow = prune(model, with(options, "--target-latency", 1e6));
    JsonNode table = new ObjectMapper().readTree(state.toFile());
    double original = table.at("/originalMillis").asDouble();
    Result held = prune(model, with(options, "--target-latency", 0.8 * original, "--json"));
    Result fast = prune(model, with(options, "--target-latency", 1e-6));

    assertThat(slow.exitCode()).isEqualTo(1);
    assertThat(slow.err()).contains("the model takes", "already");
    assertThat(held.exitCode()).as(held.err()).isZero();
    assertThat(held.json().at("/search/measuredMillis").asDouble())
        .isLessThanOrEqualTo(0.8 * 1.02 * original);
    assertThat(fast.exitCode()).isEqualTo(1);
    assertThat(fast.err()).contains("no widths take 1.000e-06 ms or less", "the fastest widths");
  }

  private static Object[] with(Object[] options, Object... more) {
    List<Object> all = new ArrayList<>(List.of(options));
    all.addAll(List.of(more));
    return all.toArray();
  }

  @Test
  void cutsAsMuchAsADropAllows() throws IOException {
    Result result =
        prune(NIN, "--max-drop", 10, "--samples", 200, "--widths", 3, "--align", 8, "--json");

    assertThat(result.exitCode()).as(result.err()).isZero();
    JsonNode json = result.json();
    assertThat(json.at("/search/lossAsCut/drop").asDouble()).isLessThanOrEqualTo(0.1);
    assertThat(json.at("/after/macs").asLong()).isLessThan(json.at("/before/macs").asLong());
  }

  @Test
  void learnsWidths() throws IOException {
    Result result =
        prune(
            lenet(1),
            "--search",
            "amc",
            "--ratio",
            0.4,
            "--samples",
            200,
            "--widths",
            4,
            "--evaluations",
            12,
            "--json");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.json().at("/search/evaluations").asInt()).isBetween(1, 12);
    assertThat(result.json().at("/after/macs").asLong())
        .isLessThanOrEqualTo((long) (0.6 * result.json().at("/before/macs").asLong()) + 1);
  }

  @Test
  void saysHowMuchCanGo() throws IOException {
    Result result =
        prune(
            lenet(1), "--search", "sensitivity", "--ratio", 0.95, "--floor", 0.7, "--samples", 200);

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("a share of 0.950 of the MACs cannot go: at most 0.", "lower the floor");
  }

  @Test
  void refusesOptionsThatContradictEachOther() throws IOException {
    Path model = lenet(1);
    assertUsage(prune(model), "give --ratio, --target-latency, --max-drop or --pattern");
    assertUsage(
        prune(model, "--ratio", 0.5, "--max-drop", 1),
        "give one of --ratio, --target-latency and --max-drop");
    assertUsage(prune(model, "--ratio", 0.5, "--widths", 4), "--widths is for a search");
    assertUsage(prune(model, "--target-latency", 0), "--target-latency must be above 0 ms");
    assertUsage(
        prune(model, "--search", "amc", "--max-drop", 1), "--search amc keeps a cost, not a drop");
    assertUsage(
        prune(model, "--ratio", 0.5, "--search", "amc", "--ranking", "global"),
        "a search decides instead of --ranking");
    assertUsage(
        Cli.run("prune", model, "-o", folder.resolve("o.onnx"), "--target-latency", 1),
        "a search measures what widths lose: give --data");
  }

  private static void assertUsage(Result result, String message) {
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains(message);
  }
}
