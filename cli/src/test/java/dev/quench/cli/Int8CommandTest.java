// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.Cli.Result;
import dev.quench.onnx.OnnxReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// From a float network to INT8 for each runtime.
class Int8CommandTest extends BundledNetworkFixture {
  @Test
  void oneCommandGivesBothFormsAndAReport() throws IOException {
    Path out = folder.resolve("int8");
    Result result =
        Cli.run("int8", model, "--data", "demo-train", "--samples", 400, "-o", out, "--json");
    assertDone(result);
    JsonNode json = result.json();
    assertThat(json.at("/tensorrt/layers").asInt()).isEqualTo(9);
    JsonNode first = json.at("/onnxruntime/trials/0");
    assertThat(first.get("layers").asInt()).isEqualTo(9);
    assertThat(first.get("worstCosine").asDouble()).isGreaterThan(0.98);
    assertThat(first.get("medianMillis").asDouble()).isPositive();
    assertThat(json.at("/report/results/0/top1").asDouble()).isGreaterThan(0.9);
    assertThat(out.resolve("nin.int8.tensorrt.onnx")).exists();
    assertThat(Files.readString(out.resolve("report.html"))).contains("Forms tried");
    assertThat(Files.exists(out.resolve("nin.int8.onnxruntime.onnx")))
        .isEqualTo(!json.at("/onnxruntime/output").isNull());
  }

  @Test
  void dataWithoutLabelsAreJudgedByFidelity() {
    Result result =
        Cli.run("int8", model, "--data", "random:40x1x28x28", "-o", folder.resolve("random"));
    assertDone(result);
    assertThat(result.err()).contains("judged by their fidelity to FP32", "UNCALIBRATED");
  }

  @Test
  void aBoundThatNoFormHoldsExitsWithThreeWhereAsked() {
    assertRefused(
        3,
        "no form pays on onnxruntime: of the faster forms",
        "int8",
        model,
        "--data",
        "demo-train",
        "--samples",
        100,
        "-o",
        folder.resolve("bound"),
        "--min-cosine",
        1,
        "--require-faster");
  }

  @Test
  void weightsAloneAreTriedWhereSizeIsPreferred() {
    Result result =
        Cli.run(
            "int8",
            model,
            "--data",
            "demo-train",
            "--samples",
            60,
            "-o",
            folder.resolve("size"),
            "--method",
            "entropy",
            "--prefer",
            "size",
            "--json");
    assertDone(result);
    JsonNode trials = result.json().at("/onnxruntime/trials");
    assertThat(trials).hasSize(9);
    assertThat(trials.get(8).get("form").asText()).isEqualTo("weights alone, INT4 in blocks of 32");
    assertThat(trials.get(8).get("reason").asText()).isEqualTo("it leaves every layer float");
    assertThat(trials.get(0).get("weightBytes").asLong()).isPositive();
  }

  @Test
  void aSmallerFormNeedNotBeFaster() {
    Result result =
        Cli.run(
            "int8",
            model,
            "--data",
            "demo-train",
            "-o",
            folder.resolve("none"),
            "--prefer",
            "size",
            "--require-faster");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--require-faster excludes --prefer size");
    assertThat(folder.resolve("none")).doesNotExist();
  }

  @Test
  void aTableHasItsMethodAlready() {
    Result result =
        Cli.run(
            "quantize", model, "-o", folder.resolve("x"), "--table", "t.json", "--method", "mse");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("quench table reestimate --method");
  }

  @Test
  void aBoundHoldsForTheFormOfOnnxRuntimeToo() {
    Result result =
        Cli.run(
            "quantize",
            model,
            "-o",
            folder.resolve("bounded.onnx"),
            "--data",
            "demo-train",
            "--samples",
            100,
            "--min-cosine",
            0.9,
            "--bias-correction",
            "--target",
            "onnxruntime");
    assertDone(result);
    assertThat(result.out())
        .contains("layers left float for it", "bias correction: ", "afterwards the cosine is")
        .contains("onnxruntime takes it");
  }

  @Test
  void smoothingFindsItsOwnRanges() {
    assertRefused(
        2,
        "--equalize and --smooth change the ranges",
        "quantize",
        model,
        "-o",
        folder.resolve("s.onnx"),
        "--table",
        folder.resolve("t.json"),
        "--data",
        "demo",
        "--smooth");
  }

  @Test
  void refusesACosineOutsideItsRange() {
    assertRefused(
        2,
        "--min-cosine must lie between -1 and 1, got 2.0",
        "int8",
        model,
        "--data",
        "demo",
        "-o",
        folder.resolve("c"),
        "--min-cosine",
        2);
  }

  @Test
  void quantizeWritesTheFormOfItsTarget() throws IOException {
    Path table = folder.resolve("forms.json");
    assertDone(
        Cli.run("calibrate", model, "--data", "demo-train", "--samples", 200, "--table", table));
    Path onnxRuntime = folder.resolve("ort.onnx");
    assertDone(
        Cli.run("quantize", model, "-o", onnxRuntime, "--table", table, "--target", "onnxruntime"));
    Path both = Files.createDirectory(folder.resolve("both"));
    assertDone(Cli.run("quantize", model, "-o", both, "--table", table));
    assertThat(both.resolve("nin.int8.onnxruntime.onnx")).hasSameBinaryContentAs(onnxRuntime);
    assertThat(unsigned(onnxRuntime)).isTrue();
    assertThat(unsigned(both.resolve("nin.int8.tensorrt.onnx"))).isFalse();
  }

  @Test
  void aFolderGetsBothFormsUnchecked() throws IOException {
    Path both = Files.createDirectory(folder.resolve("unchecked"));
    assertRefused(
        2,
        "a folder as --output gets both forms",
        "quantize",
        model,
        "-o",
        both,
        "--table",
        folder.resolve("t.json"),
        "--target",
        "onnxruntime");
  }

  private static boolean unsigned(Path file) throws IOException {
    return OnnxReader.read(file).graph().initializers().stream()
        .anyMatch(value -> value.name().equals("relu1_zero_point"));
  }
}
