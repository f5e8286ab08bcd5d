// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.BundledNetworkFixture;
import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// `inspect` of what Quench writes besides models, and of nodes.
class InspectResultsTest extends BundledNetworkFixture {
  private static Path table;
  private static Path cache;

  @BeforeAll
  static void calibrate() {
    table = folder.resolve("t.json");
    cache = folder.resolve("t.cache");
    assertDone(
        Cli.run(
            "calibrate",
            model,
            "--data",
            "demo-train",
            "--first",
            32,
            "--method",
            "entropy",
            "--table",
            table,
            "--cache",
            cache));
  }

  @Test
  void saysOfATableWhatItWasMadeFrom() {
    Result result = Cli.run("inspect", table);
    assertDone(result);
    assertThat(result.out())
        .contains(
            "t.json: calibration table, 13 tensors by entropy",
            "32 samples of bundled Fashion-MNIST",
            "no histograms beside it")
        .containsPattern("model [0-9a-f]{64}")
        .containsPattern("largest +bn9 +[\\d.]+")
        .containsPattern("\\d+ clipped, '\\w+' the most: ");
    JsonNode json = Cli.run("inspect", table, "--json").json();
    assertThat(json.at("/kind").asText()).isEqualTo("table");
    assertThat(json.at("/thresholds/largest").asDouble())
        .isGreaterThan(json.at("/thresholds/smallest").asDouble());
  }

  @Test
  void readsTheSameThresholdsFromTheCache() {
    Result result = Cli.run("inspect", cache);
    assertDone(result);
    assertThat(result.out())
        .contains("calibration cache of TensorRT 10.15.1, 13 tensors by EntropyCalibration2");
    JsonNode ofTable = Cli.run("inspect", table, "--json").json();
    JsonNode ofCache = Cli.run("inspect", cache, "--json").json();
    assertThat((float) ofCache.at("/thresholds/largest").asDouble())
        .isEqualTo((float) ofTable.at("/thresholds/largest").asDouble());
  }

  @Test
  void readsAReport() throws IOException {
    Path report =
        Files.writeString(
            folder.resolve("report.json"),
            Cli.run("eval", model, "--data", "demo", "--first", 32, "--json").out());
    Result result = Cli.run("inspect", report);
    assertDone(result);
    assertThat(result.out())
        .contains("report of an evaluation on bundled Fashion-MNIST")
        .containsPattern("nin +onnxruntime +FP32 +top1 0\\.\\d+ ");
  }

  @Test
  void refusesOtherJson() throws IOException {
    Path other = Files.writeString(folder.resolve("other.json"), "{\"a\": 1}");
    assertRefused(1, "neither a calibration table nor the report", "inspect", other);
    Path damaged = Files.writeString(folder.resolve("damaged.json"), "{\"a\": ");
    assertRefused(1, "damaged", "inspect", damaged);
  }

  @Test
  void nodesShowShapesAndEdges() {
    Result result = Cli.run("inspect", model, "--nodes");
    assertDone(result);
    assertThat(result.out())
        .containsPattern(
            "\\(Conv\\)\n  reads   image FLOAT \\[1, 1, 28, 28\\], constant \\S+ FLOAT")
        .containsPattern("  writes  logits FLOAT \\[1, 10\\]");
    JsonNode first = Cli.run("inspect", model, "--nodes", "--json").json().at("/nodeCosts/0");
    assertThat(first.at("/inputs/0/name").asText()).isEqualTo("image");
    assertThat(first.at("/outputs/0/type").asText()).contains("28");
  }

  @Test
  void theCaveatOfAFreeDimensionComesBeforeTheNumbers() {
    List<String> lines = Cli.run("inspect", model).out().lines().toList();
    int caveat = indexOf(lines, "counted at 'image' [1, 1, 28, 28]; --shape counts at another");
    assertThat(caveat).isPositive().isLessThan(indexOf(lines, " MACs, "));
    assertThat(Cli.run("inspect", model, "--shape", "image=2x1x28x28").out())
        .doesNotContain("counted at");
  }

  private static int indexOf(List<String> lines, String part) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains(part)) {
        return i;
      }
    }
    return -1;
  }
}
