// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.Cli.Result;
import dev.quench.onnx.OnnxReader;
import dev.quench.run.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `quantize --tune` on the bundled network.
class TuneCommandTest extends BundledNetworkFixture {
  private static Object[] tune(Path out, Object... more) {
    List<Object> command =
        new ArrayList<>(
            List.of(
                "quantize",
                model,
                "--tune",
                "-o",
                out,
                "--target",
                "onnxruntime",
                "--data",
                "demo-train",
                "--samples",
                120,
                "--tune-samples",
                20));
    command.addAll(List.of(more));
    return command.toArray();
  }

  @Test
  void writesAModelAndItsPoints() throws IOException {
    Path out = folder.resolve("tuned.onnx");
    Result result = Cli.run(tune(out, "--tune-budget", 3, "--json"));
    assertDone(result);
    JsonNode json = result.json();
    assertThat(json.get("output").asText()).isEqualTo(out.toString());
    assertThat(json.at("/points/0/worstCosine").asDouble()).isGreaterThan(0.98);
    assertThat(json.at("/points/0/millis").asDouble()).isPositive();
    assertThat(json.get("points").size()).isGreaterThanOrEqualTo(3);
    assertThat(json.at("/regions/0/reason").asText()).isNotEmpty();
    boolean pays = !json.get("choice").isNull();
    assertThat(Precision.of(OnnxReader.read(out)))
        .isEqualTo(pays ? Precision.INT8 : Precision.FP32);
    assertThat(json.has("reason")).isNotEqualTo(pays);
    assertThat(Files.readString(folder.resolve("tuned.tune.html")))
        .contains("Latency against accuracy", "Regions and plans");

    Result again = Cli.run(tune(out, "--tune-budget", 3, "--json"));
    assertDone(again);
    assertThat(again.err()).contains("going on from " + folder.resolve("tuned.tune.json"));
    assertThat(again.json().get("points")).isEqualTo(json.get("points"));

    assertRefused(
        1,
        "holds the tuning of another table",
        tune(out, "--tune-budget", 3, "--method", "minmax"));
  }

  @Test
  void aBoundThatNothingReachesExitsWithThreeAndWritesNothing() {
    Path out = folder.resolve("bound.onnx");
    assertRefused(
        3,
        "no quantized model reaches a worst cosine of 1.0000 or more; closest comes ",
        tune(out, "--tune-budget", 2, "--min-cosine", 1));
    assertThat(out).doesNotExist();
  }

  @Test
  void theBestIsWrittenWhereAsked() throws IOException {
    Path out = folder.resolve("kept.onnx");
    Result result = Cli.run(tune(out, "--tune-budget", 2, "--min-cosine", 1, "--keep-best"));
    assertThat(result.exitCode()).isEqualTo(3);
    if (Files.exists(out)) {
      assertThat(result.err()).contains(out + " holds that one all the same");
      assertThat(Precision.of(OnnxReader.read(out))).isEqualTo(Precision.INT8);
    } else {
      assertThat(result.err()).contains("it is not faster than FP32; nothing is written");
    }
  }

  @Test
  void aDropNeedsLabels() {
    assertRefused(
        1,
        "--max-drop is judged by a metric on labels",
        "quantize",
        model,
        "--tune",
        "-o",
        folder.resolve("drop.onnx"),
        "--target",
        "onnxruntime",
        "--data",
        "random:20x1x28x28",
        "--max-drop",
        1);
  }

  @Test
  void aTargetThatIsNotMeasuredOnIsRefused() {
    for (String target : List.of("tensorrt-11", "xnor")) {
      assertRefused(
          1,
          "--tune cannot measure on " + target + "; expected onnxruntime or tensorrt",
          "quantize",
          model,
          "--tune",
          "-o",
          folder.resolve("target.onnx"),
          "--data",
          "demo",
          "--target",
          target);
    }
  }

  @Test
  void optionsThatDoNotGoTogetherAreWrongUsage() {
    Path out = folder.resolve("usage.onnx");
    assertRefused(2, "--tune judges models on data", "quantize", model, "-o", out, "--tune");
    assertRefused(
        2, "--tune-budget requires --tune", "quantize", model, "-o", out, "--tune-budget", 3);
    assertRefused(2, "--metric requires --tune", "quantize", model, "-o", out, "--metric", "top-k");
    assertRefused(2, "give --tune-samples", tune(out, "--score-samples", 3));
    assertRefused(2, "--tune-budget must be 1 or more, got 0", tune(out, "--tune-budget", 0));
    assertRefused(2, "--tune cannot be combined with --equalize", tune(out, "--equalize"));
    assertRefused(
        2, "give either --min-cosine or --max-drop", tune(out, "--min-cosine", 1, "--max-drop", 1));
    assertRefused(2, "--tune writes one file for one target", tune(folder));
    assertRefused(2, "would be replaced", tune(out, "--tune-state", model));
  }
}
