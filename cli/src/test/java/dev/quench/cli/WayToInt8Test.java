// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli.Result;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The commands from a float network to an INT8 one.
class WayToInt8Test extends BundledNetworkFixture {
  @Test
  void optimizeCalibrateQuantizeEvaluate() {
    Path fused = folder.resolve("fused.onnx");
    Path table = folder.resolve("way.json");
    Path cache = folder.resolve("way.cache");
    Path int8 = folder.resolve("way.int8.onnx");
    Path html = folder.resolve("way.html");

    Result optimized = Cli.run("optimize", model, "-o", fused);
    assertDone(optimized);
    assertThat(optimized.out()).contains("BatchNormalization 9 -> 0");

    Object[] calibrate = {
      "calibrate",
      model,
      "--data",
      "demo-train",
      "--samples",
      64,
      "--method",
      "minmax",
      "--table",
      table,
      "--cache",
      cache,
      "--tensorrt-version",
      "10.3.0"
    };
    Result calibrated = Cli.run(calibrate);
    assertDone(calibrated);
    assertThat(calibrated.out()).contains("tensors by minmax").doesNotContain("reused");
    assertThat(cache).content().startsWith("TRT-100300-EntropyCalibration2\n");

    Result again = Cli.run(calibrate);
    assertDone(again);
    assertThat(again.out()).contains("reused");
    assertThat(again.err()).contains("nothing to compute");

    Result quantized = Cli.run("quantize", fused, "-o", int8, "--table", table, "--json");
    assertDone(quantized);
    assertThat(quantized.json().get("layers").size()).isGreaterThan(7);
    assertThat(quantized.json().get("uncalibrated").asBoolean()).isFalse();

    Result evaluated =
        Cli.run(
            "eval",
            model,
            int8,
            "--data",
            "demo",
            "--samples",
            200,
            "--backend",
            "onnxruntime",
            "--report",
            html,
            "--json",
            "--max-drop",
            3);
    assertDone(evaluated);
    var results = evaluated.json().get("results");
    assertThat(results).hasSize(2);
    assertThat(results.get(1).get("precision").asText()).isEqualTo("INT8");
    assertThat(results.get(0).get("top1").asDouble()).isGreaterThan(0.85);
    assertThat(results.get(0).get("latencyMillis").get("p99").asDouble()).isPositive();
    assertThat(results.get(1).get("sizeBytes").asLong())
        .isLessThan(results.get(0).get("sizeBytes").asLong() / 3);
    assertThat(evaluated.json().has("environment")).isTrue();
    assertThat(html).content().startsWith("<!doctype html>");

    Result compared =
        Cli.run(
            "compare",
            model,
            int8,
            "--data",
            "demo",
            "--samples",
            32,
            "--min-cosine",
            0.98,
            "--json");
    assertDone(compared);
    assertThat(compared.json().get("tensors").get(0).get("name").asText()).isEqualTo("logits");

    assertRefused(
        3,
        "below --min-cosine",
        "compare",
        model,
        int8,
        "--data",
        "demo",
        "--samples",
        32,
        "--min-cosine",
        1);
    assertRefused(
        3,
        "below --min-score",
        "eval",
        model,
        "--data",
        "demo",
        "--samples",
        100,
        "--backend",
        "onnxruntime",
        "--min-top1",
        1);
    assertRefused(
        1, "another model", "quantize", int8, "-o", folder.resolve("x.onnx"), "--table", table);
    assertRefused(
        1, "--trust-cache", "quantize", model, "-o", folder.resolve("x.onnx"), "--cache", cache);
    assertDone(
        Cli.run(
            "quantize", model, "-o", folder.resolve("x.onnx"), "--cache", cache, "--trust-cache"));
    assertDone(
        Cli.run(
            "quantize", model, "-o", folder.resolve("x.onnx"), "--cache", cache, "--table", table));
  }

  @Test
  void tablesOfPartsMerge() {
    Path one = folder.resolve("one.json");
    Path two = folder.resolve("two.json");
    Path both = folder.resolve("both.json");
    for (Path table : List.of(one, two)) {
      assertDone(
          Cli.run(
              "calibrate",
              model,
              "--data",
              table == one ? "demo-train" : "demo",
              "--samples",
              20,
              "--table",
              table,
              "--histograms"));
    }
    Result merged = Cli.run("table", "merge", one, two, "--table", both, "--json");
    assertDone(merged);
    assertThat(merged.json().get("samples").asInt()).isEqualTo(40);
  }

  @Test
  void randomDataAreStampedUncalibrated() {
    Path int8 = folder.resolve("random.int8.onnx");
    Result result = Cli.run("quantize", model, "-o", int8, "--data", "random:8x1x28x28");
    assertDone(result);
    assertThat(result.out()).contains("UNCALIBRATED");
    assertThat(
            Cli.run("eval", int8, "--data", "demo", "--samples", 16, "--backend", "onnxruntime")
                .err())
        .contains("UNCALIBRATED");
    assertRefused(
        1,
        "random data",
        "calibrate",
        model,
        "--data",
        "random:8x1x28x28",
        "--cache",
        folder.resolve("random.cache"));
  }
}
