// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli.Result;
import dev.quench.cli.option.BundledSample;
import dev.quench.data.array.NpyFile;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every command on the bundled network: what it prints, what it writes, and how it ends.
class CommandTest {
  @TempDir static Path folder;
  private static Path model;

  @BeforeAll
  static void writeModel() throws IOException {
    model = folder.resolve("nin.onnx");
    try (InputStream in = Main.class.getResourceAsStream("demo/" + BundledSample.MODEL)) {
      Files.copy(in, model);
    }
  }

  private static void assertDone(Result result) {
    assertThat(result.err()).doesNotContain("defect");
    assertThat(result.exitCode()).as(result.err()).isZero();
  }

  /// Exit code, one line that begins with the command's name, and no half-written file.
  private static void assertRefused(int exitCode, String message, Object... command) {
    Result result = Cli.run(command);
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    List<String> lines = result.err().lines().filter(line -> line.startsWith("quench ")).toList();
    assertThat(lines).hasSize(1);
    assertThat(lines.getFirst())
        .startsWith("quench " + command[0] + ": ")
        .contains(message)
        .doesNotContain("\u001b", "defect");
    assertThat(result.err()).doesNotContain("\tat ");
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
  }

  @Nested
  class Usage {
    @Test
    void helpOfEveryCommandEndsWithAnExample() {
      for (String command : RootCommand.commandLine().getSubcommands().keySet()) {
        Result result = Cli.run(command, "--help");
        assertDone(result);
        assertThat(result.out()).contains("Example:", "  quench " + command, "--json");
      }
    }

    @Test
    void helpListsOptionsUnderHeadings() {
      String help = Cli.run("quantize", "--help").out();
      assertThat(help)
          .containsSubsequence(
              "[OPTIONS] MODEL",
              "%nOptions:%n".formatted(),
              "* -o, --output=OUT",
              "%nData:%n".formatted(),
              "--data=DATA",
              "%nGeneral:%n".formatted(),
              "--json");
      assertThat(help.lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void noCommandIsWrongUsage() {
      Result result = Cli.run();
      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.err()).isEqualTo("quench: name a command; see 'quench --help'\n");
    }

    @Test
    void unknownCommandIsWrongUsage() {
      Result result = Cli.run("evaluate");
      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.err().lines()).hasSize(1);
    }

    @Test
    void versionNamesJava() {
      assertThat(Cli.run("--version").out()).startsWith("quench ").contains("Java 25");
    }

    @Test
    void wrongOptionsAreWrongUsage() {
      assertRefused(2, "Missing required", "inspect");
      assertRefused(2, "--nonsense", "inspect", model, "--nonsense");
      assertRefused(2, "--output", "optimize", model);
      assertRefused(2, "there are demo, demo-train", "eval", model, "--data", "cifar100:x");
      assertRefused(2, "give --data", "eval", model);
      assertRefused(2, "--samples must be 1", "eval", model, "--data", "demo", "--samples", 0);
      assertRefused(
          2, "unknown backend 'cuda'", "eval", model, "--data", "demo", "--backend", "cuda");
      assertRefused(2, "93%", "eval", model, "--data", "demo", "--min-top1", "93");
      assertRefused(2, "expected sizes of 1 or more", "profile", model, "--shape", "image=1xax28");
      assertRefused(2, "expected min:opt:max", "build", model, "-o", "e", "--profile", "image=1:2");
      assertRefused(2, "unknown calibration method", "calibrate", model, "--method", "kl");
      assertRefused(2, "--table, --cache", "calibrate", model, "--data", "demo-train");
      assertRefused(2, "give ranges", "quantize", model, "-o", folder.resolve("q.onnx"));
      assertRefused(2, "nothing to compare with", "compare", model);
      assertRefused(2, "--target", "export", model, "-o", "x.onnx", "--target", "coreml");
    }

    @Test
    void debugShowsWhereAnErrorArose() {
      Result result = Cli.run("inspect", folder.resolve("none.onnx"), "--debug");
      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.err()).contains("\tat dev.quench.");
    }
  }

  @Nested
  class Inspect {
    @Test
    void jsonHasTheKeysThatScriptsRead() {
      Result result = Cli.run("inspect", model, "--json");
      assertDone(result);
      var json = result.json();
      assertThat(json.get("nodes").asInt()).isEqualTo(30);
      assertThat(json.get("ops").get("Conv").asInt()).isEqualTo(9);
      assertThat(json.get("parameters").asLong()).isPositive();
      assertThat(json.get("flops").asLong()).isGreaterThan(2 * json.get("macs").asLong() - 1);
      assertThat(json.get("weightBytes").asLong()).isPositive();
      assertThat(json.get("inputs").get(0).get("name").asText()).isEqualTo("image");
    }

    @Test
    void textNamesInputsAndOperators() {
      Result result = Cli.run("inspect", model, "--nodes", "--roofline", "200,40");
      assertDone(result);
      assertThat(result.out())
          .contains("input   'image' FLOAT [N, 1, 28, 28]", "Conv 9", "FLOPs/byte", "compute");
    }

    @Test
    void aLargerBatchCostsMore() {
      long one = Cli.run("inspect", model, "--json").json().get("macs").asLong();
      Result result = Cli.run("inspect", model, "--json", "--shape", "image=8x1x28x28");
      assertThat(result.json().get("macs").asLong()).isEqualTo(8 * one);
    }
  }

  @Nested
  class WayToInt8 {
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
              "quantize",
              model,
              "-o",
              folder.resolve("x.onnx"),
              "--cache",
              cache,
              "--trust-cache"));
      assertDone(
          Cli.run(
              "quantize",
              model,
              "-o",
              folder.resolve("x.onnx"),
              "--cache",
              cache,
              "--table",
              table));
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

  @Nested
  class RunAndProfile {
    @Test
    void runWritesOutputs() throws IOException {
      Path input = folder.resolve("image.npy");
      NpyFile.write(input, Tensor.ofFloats(Shape.of(2, 1, 28, 28), new float[2 * 784]));
      Path out = folder.resolve("run/outputs");
      Result result =
          Cli.run("run", model, "--backend", "onnxruntime", "--input", "image=" + input, "-o", out);
      assertDone(result);
      assertThat(NpyFile.read(out.resolve("logits.npy")).shape()).isEqualTo(Shape.of(2, 10));
    }

    @Test
    void runRefusesWrongInputs() throws IOException {
      Path input = folder.resolve("wrong.npy");
      NpyFile.write(input, Tensor.ofFloats(Shape.of(1, 28), new float[28]));
      assertRefused(
          1, "image", "run", model, "--input", "image=" + input, "-o", folder.resolve("r"));
      assertRefused(
          2,
          "no input 'img'",
          "run",
          model,
          "--input",
          "image=" + input,
          "--input",
          "img=" + input,
          "-o",
          folder.resolve("r"));
      assertRefused(
          2,
          "no --input for 'image'",
          "run",
          model,
          "--input",
          "img=" + input,
          "-o",
          folder.resolve("r"));
    }

    @Test
    void profileReportsPercentiles() {
      Result result =
          Cli.run(
              "profile",
              model,
              "--backend",
              "onnxruntime",
              "--warm-up",
              0,
              "--duration",
              50,
              "--json");
      assertDone(result);
      assertThat(result.json().get("latencyMillis").get("p50").asDouble()).isPositive();
      assertThat(result.json().get("latencyMillis").get("calls").asInt()).isGreaterThan(9);
    }
  }

  @Nested
  class Targets {
    @Test
    void exportWritesWhatTheTargetTakes() throws IOException {
      for (String target : List.of("tensorrt", "onnxruntime")) {
        Path out = folder.resolve(target + ".onnx");
        assertDone(Cli.run("export", model, "-o", out, "--target", target));
        assertThat(OnnxReader.read(out).graph().nodes()).hasSize(30);
      }
    }

    @Test
    void exportNamesWhatTensorRtRefuses() throws IOException {
      Path strange = folder.resolve("strange.onnx");
      Model copy = OnnxReader.read(model);
      Graph graph = copy.graph();
      graph.nodes().getFirst().setName("odd\u001b[31m");
      OnnxWriter.write(copy, strange);
      Result result =
          Cli.run("export", strange, "-o", folder.resolve("s.onnx"), "--target", "tensorrt");
      assertThat(result.out() + result.err()).doesNotContain("\u001b");
    }

    @Test
    void doctorSpeaksOfEveryBackend() {
      Result result = Cli.run("doctor");
      assertDone(result);
      assertThat(result.out()).contains("Java", "vector unit", "memory", "onnxruntime", "tensorrt");
      assertThat(Cli.run("doctor", "--json").json().get("findings").size()).isGreaterThan(5);
    }
  }

  @Nested
  class BadInput {
    @ParameterizedTest
    @ValueSource(strings = {"inspect", "profile", "optimize", "eval", "compare", "quantize"})
    void eachCommandRefusesABrokenModel(String command) throws IOException {
      byte[] good = Files.readAllBytes(model);
      Path truncated = folder.resolve("truncated.onnx");
      Files.write(truncated, Arrays.copyOf(good, good.length / 2));
      Path text = folder.resolve("text.onnx");
      Files.writeString(text, "this is not a model");
      Path out = folder.resolve("never-" + command + ".onnx");
      for (Path bad : List.of(truncated, text, folder.resolve("missing.onnx"), folder)) {
        Object[] words =
            switch (command) {
              case "optimize" -> new Object[] {command, bad, "-o", out};
              case "eval" -> new Object[] {command, bad, "--data", "demo"};
              case "compare" -> new Object[] {command, bad, model};
              case "quantize" -> new Object[] {command, bad, "-o", out, "--data", "demo-train"};
              default -> new Object[] {command, bad};
            };
        assertRefused(1, bad.toString(), words);
        assertThat(out).doesNotExist();
      }
    }

    @Test
    void outputsThatCannotBeWrittenAreFoundFirst() {
      assertRefused(1, "is a folder", "optimize", "missing.onnx", "-o", folder);
      assertRefused(
          1, "does not exist", "optimize", "missing.onnx", "-o", folder.resolve("a/b.onnx"));
      assertRefused(
          1,
          "does not exist",
          "eval",
          "missing.onnx",
          "--data",
          "demo",
          "--report",
          folder.resolve("a/b.html"));
      assertRefused(1, "is a file", "run", model, "--input", "image=x.npy", "-o", model);
    }

    @Test
    void cachesAndTablesAreCheckedBeforeTheyAreTrusted() throws IOException {
      Path out = folder.resolve("never.onnx");
      Path cache = folder.resolve("bad.cache");
      for (String line : List.of("image: 3bd1428", "image 3bd14285", "image: zzzzzzzz")) {
        Files.writeString(cache, "TRT-101501-EntropyCalibration2\n" + line + "\n");
        assertRefused(1, "line 2", "quantize", model, "-o", out, "--cache", cache, "--trust-cache");
      }
      Files.writeString(cache, "TRT-101501-EntropyCalibration2\nimage: 7fc00000\n");
      assertRefused(
          1,
          "'image' in the TensorRT cache is NaN",
          "quantize",
          model,
          "-o",
          out,
          "--cache",
          cache,
          "--trust-cache");
      Files.writeString(cache, "TRT-101501-EntropyCalibration2\nother: 3bd14285\n");
      assertRefused(
          1,
          "names no tensor of this model",
          "quantize",
          model,
          "-o",
          out,
          "--cache",
          cache,
          "--trust-cache");
      Files.writeString(cache, "hello");
      assertRefused(1, "line 1", "quantize", model, "-o", out, "--cache", cache, "--trust-cache");
      assertRefused(1, cache.toString(), "quantize", model, "-o", out, "--table", cache);
      assertRefused(
          1, "no such file", "quantize", model, "-o", out, "--table", folder.resolve("no.json"));
      assertThat(out).doesNotExist();
    }

    @Test
    void dataThatDoNotFitAreRefused() throws IOException {
      Path npy = folder.resolve("data.npy");
      NpyFile.write(npy, Tensor.ofFloats(Shape.of(2, 3, 28, 28), new float[2 * 3 * 784]));
      assertRefused(1, "the model takes 'image'", "eval", model, "--data", "npy:image=" + npy);
      assertRefused(1, "image", "eval", model, "--data", "npy:other=" + npy);
      float[] values = new float[2 * 784];
      values[1000] = Float.NaN;
      NpyFile.write(npy, Tensor.ofFloats(Shape.of(2, 1, 28, 28), values));
      assertRefused(
          1, "sample 1 holds NaN (element 216)", "eval", model, "--data", "npy:image=" + npy);
      NpyFile.write(npy, Tensor.ofFloats(Shape.of(2, 1, 28, 28), new float[2 * 784]));
      assertRefused(
          1,
          "class labels",
          "eval",
          model,
          "--data",
          "npy:image=" + npy,
          "--backend",
          "onnxruntime");
      assertRefused(
          1, "no such file", "eval", model, "--data", "npy:image=" + folder.resolve("no.npy"));
      assertRefused(
          1, "no such file or folder", "eval", model, "--data", "idx:" + folder.resolve("no"));
      Files.writeString(npy, "text");
      assertRefused(1, npy.toString(), "eval", model, "--data", "npy:image=" + npy);
      assertRefused(1, "--mean", "eval", model, "--data", "demo", "--mean", "abc");
    }

    @Test
    void namesWithEscapeCodesStayHarmless() throws IOException {
      Path evil = folder.resolve("evil.onnx");
      Model copy = OnnxReader.read(model);
      copy.metadata().put("note\u001b[2J", "\u202eevil\u0007");
      copy.graph().nodes().forEach(node -> node.setName(node.name() + "\u001b]0;x\u0007<b>"));
      OnnxWriter.write(copy, evil);
      for (Result result :
          List.of(
              Cli.run("inspect", evil, "--nodes"),
              Cli.run("inspect", evil, "--nodes", "--json"),
              Cli.run(
                  "quantize",
                  evil,
                  "-o",
                  folder.resolve("evil8.onnx"),
                  "--data",
                  "demo-train",
                  "--samples",
                  4))) {
        assertDone(result);
        assertThat(result.out() + result.err()).doesNotContain("\u001b", "\u0007", "\u202e");
      }
    }
  }

  @Test
  void demoGoesTheWholeWayAndReusesItsCalibration() {
    Path out = folder.resolve("demo");
    Result first = Cli.run("demo", "--out", out, "--images", 100);
    assertDone(first);
    assertThat(first.out()).contains("calibrated", "nin.fp32", "nin.int8", "INT8", "report.html");
    for (String file :
        List.of(
            "calibration.json",
            "calibration.cache",
            "nin.fp32.onnx",
            "nin.int8.onnx",
            "report.json",
            "report.html")) {
      assertThat(out.resolve(file)).isNotEmptyFile();
    }
    Result second = Cli.run("demo", "--out", out, "--images", 100, "--json");
    assertDone(second);
    assertThat(second.json().get("results").size()).isGreaterThan(1);
    assertThat(Cli.run("demo", "--out", out, "--images", 100).out())
        .contains("reused the calibration");
  }
}
