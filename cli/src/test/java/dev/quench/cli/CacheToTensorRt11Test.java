// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.Cli.Result;
import dev.quench.cli.option.BundledSample;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// From a text cache of TensorRT 10 to a model for TensorRT 11.
class CacheToTensorRt11Test {
  @TempDir static Path folder;
  private static Path nin;
  private static Path cache;
  private static Path byTable;

  @BeforeAll
  static void calibrate() throws IOException {
    nin = folder.resolve("nin.onnx");
    try (InputStream in = Main.class.getResourceAsStream("demo/" + BundledSample.MODEL)) {
      Files.copy(in, nin);
    }
    cache = folder.resolve("nin.cache");
    byTable = folder.resolve("table.onnx");
    Path table = folder.resolve("nin.json");
    Result calibrated =
        Cli.run(
            "calibrate",
            nin,
            "--data",
            "demo",
            "--samples",
            128,
            "--table",
            table,
            "--cache",
            cache,
            "--tensorrt-version",
            "10.3.0");
    assertThat(calibrated.exitCode()).as(calibrated.err()).isZero();
    assertThat(Files.readString(cache)).startsWith("TRT-100300-EntropyCalibration2\n");
    Result quantized =
        Cli.run("quantize", nin, "-o", byTable, "--table", table, "--target", "tensorrt-11");
    assertThat(quantized.exitCode()).as(quantized.err()).isZero();
  }

  private static Result quantize(Path from, Path out, Object... more) {
    List<Object> words =
        new ArrayList<>(
            List.of(
                "quantize",
                nin,
                "-o",
                out,
                "--cache",
                from,
                "--trust-cache",
                "--target",
                "tensorrt-11"));
    words.addAll(List.of(more));
    return Cli.run(words.toArray());
  }

  private static Path written(String name, List<String> lines) throws IOException {
    Path file = folder.resolve(name);
    Files.write(file, lines);
    return file;
  }

  @Test
  void oneCommandGivesTheModelThatTheTableGives() throws IOException {
    Path out = folder.resolve("cache.onnx");
    Result result = quantize(cache, out, "--json");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.json().get("target").asText()).isEqualTo("tensorrt-11");
    JsonNode covered = result.json().get("cache");
    assertThat(covered.get("present").asInt()).isEqualTo(9);
    assertThat(covered.get("missing")).isEmpty();
    assertThat(Files.mismatch(out, byTable)).as("first byte that differs").isEqualTo(-1);
    Result scores =
        Cli.run(
            "eval",
            byTable,
            out,
            "--data",
            "demo",
            "--samples",
            500,
            "--backend",
            "onnxruntime",
            "--max-drop",
            0.1);
    assertThat(scores.exitCode()).as(scores.out() + scores.err()).isZero();
  }

  /// TensorRT names every tensor of the network before fusion and gives a pooling the scale of its
  /// input.
  @Test
  void readsACacheWithTheNamesOfTheUnfusedNetwork() throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(cache)) {
      String name = line.substring(0, Math.max(0, line.indexOf(':')));
      if (name.equals("relu3") || name.equals("relu6")) {
        continue;
      }
      if (name.startsWith("pool")) {
        lines.add(line.replace("pool", "relu"));
      } else {
        lines.add(line);
      }
      if (name.startsWith("relu")) {
        lines.add(line.replace("relu", "conv"));
        lines.add(line.replace("relu", "bn"));
      }
    }
    lines.add("(Unnamed Layer* 3) [Shuffle]_output: 3c010a14");
    Path out = folder.resolve("unfused.onnx");
    Result result = quantize(written("unfused.cache", lines), out, "--json");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err()).contains("'pool3' takes the scale of 'relu3'");
    JsonNode covered = result.json().get("cache");
    assertThat(covered.get("present").asInt()).isEqualTo(9);
    assertThat(covered.get("borrowed")).hasSize(2);
    assertThat(covered.get("extra")).hasSize(15);
    assertThat(Files.mismatch(out, byTable)).as("first byte that differs").isEqualTo(-1);
  }

  /// Rounding to half precision moves a value to the next INT8 step now and then.
  @Test
  void theModelKeepsItsAccuracyWhenTheRestRunsInHalfPrecision() throws IOException {
    Path out = folder.resolve("mixed.onnx");
    Result result = quantize(cache, out, "--precision", "mixed", "--json");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.json().at("/precision/lowered").asInt()).isPositive();
    Result scores =
        Cli.run(
            "eval",
            byTable,
            out,
            "--data",
            "demo",
            "--samples",
            1000,
            "--backend",
            "onnxruntime",
            "--max-drop",
            0.3);
    assertThat(scores.exitCode()).as(scores.out() + scores.err()).isZero();
    Result compared =
        Cli.run("compare", byTable, out, "--data", "demo", "--samples", 64, "--min-cosine", 0.999);
    assertThat(compared.exitCode()).as(compared.out() + compared.err()).isZero();
  }

  @Test
  void theModelPassesTheExportCheck() {
    Path out = folder.resolve("checked.onnx");
    assertThat(quantize(cache, out).exitCode()).isZero();
    Result exported =
        Cli.run(
            "export",
            out,
            "-o",
            folder.resolve("exported.onnx"),
            "--target",
            "tensorrt-11",
            "--precision",
            "fp16");
    assertThat(exported.exitCode()).as(exported.out() + exported.err()).isZero();
  }

  @Test
  void whatTheCacheLacksStaysFloatAndIsNamedOnceThatIsAllowed() throws IOException {
    List<String> lines = Files.readAllLines(cache).subList(0, 7);
    Path partial = written("partial.cache", lines);
    Path out = folder.resolve("partial.onnx");
    Result refused = quantize(partial, out);
    assertThat(refused.exitCode()).isEqualTo(3);
    assertThat(refused.err()).contains("5 of the 9 tensors", "required 90%");
    assertThat(out).doesNotExist();

    Result allowed = quantize(partial, out, "--min-coverage", "0.5", "--json");
    assertThat(allowed.exitCode()).as(allowed.err()).isZero();
    assertThat(allowed.json().at("/cache/missing")).hasSize(4);
    assertThat(allowed.json().get("layers")).hasSize(5);
    assertThat(allowed.json().get("leftFloat").toString()).contains("'relu7' has no range");
  }

  @Test
  void refusesTheCacheOfAnotherModel() throws IOException {
    Path out = folder.resolve("foreign.onnx");
    Path foreign =
        written("foreign.cache", List.of("TRT-8601-EntropyCalibration2", "images: 3c010a14"));
    Result result = quantize(foreign, out, "--min-coverage", "0");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("names no tensor of this model");
    assertThat(out).doesNotExist();
  }

  @Test
  void refusesAScaleThatIsNotANumberUnlessNothingReadsIt() throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(cache));
    lines.replaceAll(line -> line.startsWith("relu4: ") ? "relu4: 7fc00000" : line);
    lines.add("never: 7fc00000");
    Path broken = written("nan.cache", lines);
    Path out = folder.resolve("nan.onnx");
    Result refused = quantize(broken, out);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("'relu4' in the TensorRT cache is NaN");
    assertThat(out).doesNotExist();

    Result without = quantize(broken, out, "--exclude", "conv5", "--json");
    assertThat(without.exitCode()).as(without.err()).isZero();
    assertThat(without.json().get("layers")).hasSize(8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "TRT-100300-EntropyCalibration2",
        "TRT-100300-EntropyCalibration2\nimage\n",
        "TRT-100300-EntropyCalibration2\nimage: 3c82783f0\n",
        "TRT-100300-EntropyCalibration2\nimage: 3c82783f\nimage: 3c82783f\n",
        "TRT-100300-EntropyCalibration3\nimage: 3c82783f\n",
        "TRT-99999999-EntropyCalibration2\nimage: 3c82783f\n",
        "image: 3c82783f\n",
        "{\"version\": 1}",
        "TRT-100300-EntropyCalibration2\n\u001b[31mred\u001b[0m: 3c82783f\n"
      })
  void refusesWhatIsNoCacheInOneLine(String text) throws IOException {
    Path file = folder.resolve("bad.cache");
    Files.write(file, text.getBytes(StandardCharsets.UTF_8));
    Path out = folder.resolve("bad.onnx");
    Result result = quantize(file, out);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).doesNotContain("\u001b", "\tat ").contains("bad.cache");
    assertThat(result.err().lines().filter(line -> line.startsWith("quench"))).hasSizeLessThan(2);
    assertThat(out).doesNotExist();
  }

  @Test
  void optionsThatDoNotGoTogetherAreWrongUsage() {
    Path out = folder.resolve("usage.onnx");
    assertThat(quantize(cache, out, "--min-coverage", "2").exitCode()).isEqualTo(2);
    assertThat(quantize(cache, out, "--keep-fp32", "*").exitCode()).isEqualTo(2);
    assertThat(Cli.run("quantize", nin, "-o", out, "--target", "tensorrt-12").exitCode())
        .isEqualTo(2);
    assertThat(
            Cli.run("quantize", nin, "-o", out, "--cache", cache, "--target", "tensorrt-11")
                .exitCode())
        .as("a cache that nobody vouches for")
        .isEqualTo(1);
    assertThat(out).doesNotExist();
  }
}
