// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli.Result;
import dev.quench.data.array.NpyFile;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// Every command on the bundled network: what it prints, what it writes, and how it ends.
class CommandTest extends BundledNetworkFixture {
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
    void theListOfCommandsNamesEachAsItNamesItself() {
      String help = Cli.run("--help").out();
      RootCommand.commandLine()
          .getSubcommands()
          .forEach((name, command) -> {
            assertThat(command.getCommandSpec().name()).isEqualTo(name);
            String header = command.getCommandSpec().usageMessage().header()[0];
            assertThat(help).contains("  " + name + " ", header.substring(0, 20));
          });
    }

    @Test
    void helpOfACommandIsAskedForInTwoWays() {
      assertThat(Cli.run("help", "table", "show").out())
          .isEqualTo(Cli.run("table", "show", "--help").out())
          .contains("Usage: quench table show");
      assertThat(Cli.run("help").out()).contains("Commands:");
      assertThat(Cli.run("help", "sing").exitCode()).isEqualTo(2);
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
      assertRefused(2, "expected demo, demo-train", "eval", model, "--data", "cifar100:x");
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
          .contains("input   'image' FLOAT [N, 1, 28, 28]", "Conv 9", "FLOPs/B", "compute");
    }

    @Test
    void aLargerBatchCostsMore() {
      long one = Cli.run("inspect", model, "--json").json().get("macs").asLong();
      Result result = Cli.run("inspect", model, "--json", "--shape", "image=8x1x28x28");
      assertThat(result.json().get("macs").asLong()).isEqualTo(8 * one);
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
            "nin.int8.tensorrt.onnx",
            "nin.int8.onnxruntime.onnx",
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
