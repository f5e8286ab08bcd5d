// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.onnx.OnnxReader;
import dev.quench.tensor.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Trains layers of 2 to 16 bits on some of the bundled images.
class QuantizedTrainingCommandTest {
  @TempDir private static Path shared;
  private static Path trained;

  @TempDir private Path folder;

  @BeforeAll
  static void trainTheFloatNetwork() {
    trained = shared.resolve("float.onnx");
    train(trained, "--arch", "vgg-small", "--width", "0.25", "--epochs", "2");
  }

  @Test
  void calibratesThenFineTunesWithFrozenRangesFromTheTrainingForm() throws IOException {
    Path calibrated = folder.resolve("ptq.onnx");
    Path form = folder.resolve("form.onnx");
    Path tuned = folder.resolve("qaft.onnx");

    JsonNode ptq =
        train(
            calibrated,
            "--model",
            trained,
            "--weights",
            "8",
            "--activations",
            "8",
            "--fuse-bn",
            "--observer",
            "percentile",
            "--percentile",
            "0.9999",
            "--ptq",
            "4",
            "--batch-size",
            "32",
            "--training-form",
            form);
    JsonNode qaft = train(tuned, "--model", form, "--qaft", "--epochs", "1");

    assertThat(ptq.get("epochs")).isEmpty();
    assertThat(ptq.get("quantized").get("layers")).hasSizeGreaterThan(4);
    assertThat(ptq.get("quantized").get("fusedNormalizations")).isNotEmpty();
    assertThat(qaft.get("epochs").get(0).get("learningRate").asDouble()).isLessThan(1.1e-5);
    assertThat(scales(tuned)).isEqualTo(scales(calibrated));
    assertThat(OnnxReader.read(tuned).graph().nodes())
        .allSatisfy(node -> assertThat(node.domain()).isEmpty());
    Result eval =
        Cli.run(
            "eval", trained, tuned, "--data", "demo", "--limit", 500, "--json", "--max-drop", "3");
    assertThat(eval.exitCode()).as(eval.err()).isZero();
  }

  /// Of activations.
  private static Set<Float> scales(Path file) throws IOException {
    return OnnxReader.read(file).graph().nodes().stream()
        .filter(node -> node.is("QuantizeLinear"))
        .map(node -> node.input(1).constant().orElseThrow().toFloats()[0])
        .collect(Collectors.toSet());
  }

  @Test
  void trainsAsymmetricRangesForOnnxRuntime() throws IOException {
    Path output = folder.resolve("asymmetric.onnx");

    train(
        output,
        "--model",
        trained,
        "--weights",
        "8",
        "--activations",
        "8",
        "--asymmetric",
        "--per-tensor");

    assertThat(quantizerTypes(output)).containsExactly(DataType.UINT8);
  }

  @Test
  void trainsDorefaFromScratch() throws IOException {
    Path output = folder.resolve("dorefa.onnx");

    JsonNode json =
        train(
            output,
            "--arch",
            "vgg-small",
            "--width",
            "0.25",
            "--weights",
            "4",
            "--activations",
            "4",
            "--gradients",
            "8",
            "--scheme",
            "dorefa");

    assertThat(json.get("quantized").get("leftFloat").toString()).contains("the first layer");
    assertThat(quantizerTypes(output)).containsExactly(DataType.INT8);
  }

  @Test
  void trainsSixteenBitsAndRaisesTheOpset() throws IOException {
    Path output = folder.resolve("wide.onnx");

    train(output, "--model", trained, "--weights", "16", "--activations", "16");

    assertThat(OnnxReader.read(output).opset()).isGreaterThanOrEqualTo(21);
    assertThat(quantizerTypes(output)).containsExactly(DataType.INT16);
  }

  @Test
  void trainsStepsAndBounds() throws IOException {
    for (String scheme : List.of("lsq", "pact")) {
      Path output = folder.resolve(scheme + ".onnx");

      train(
          output,
          "--model",
          trained,
          "--weights",
          "4",
          "--activations",
          "4",
          "--scheme",
          scheme,
          "--quantize-for",
          "tensorrt");

      assertThat(quantizerTypes(output)).containsExactly(DataType.INT8);
      Result export =
          Cli.run(
              "export",
              output,
              "--target",
              "tensorrt",
              "-o",
              folder.resolve(scheme + ".tensorrt.onnx"));
      assertThat(export.exitCode()).as(export.err()).isZero();
    }
  }

  private static Set<DataType> quantizerTypes(Path file) throws IOException {
    Model model = OnnxReader.read(file);
    return model.graph().nodes().stream()
        .filter(node -> node.is("QuantizeLinear"))
        .map(QuantizedTrainingCommandTest::type)
        .collect(Collectors.toSet());
  }

  private static DataType type(Node quantizer) {
    return quantizer.input(2).constant().orElseThrow().dataType();
  }

  @Test
  void refusesWhatDoesNotGoTogether() {
    assertThat(refused("--asymmetric", "--quantize-for", "tensorrt"))
        .contains("zero points other than 0, which TensorRT does not import");
    assertThat(refused("--fuse-bn", "--scheme", "dorefa")).contains("leave it separate");
    assertThat(refused("--fuse-bn", "--fuse-bn-calibration")).contains("not both");
    assertThat(refused("--gradients", "8")).contains("belong to DoReFa");
    assertThat(refused("--scheme", "dorefa", "--gradients", "17")).contains("2 to 16 bits");
    assertThat(refused("--scheme", "dorefa", "--quantize-for", "tensorrt"))
        .contains("take 7 bits or fewer");
    assertThat(refused("--scheme", "lsq", "--asymmetric")).contains("belong to IAO");
    assertThat(refused("--scheme", "pact", "--ptq", "4")).contains("have to be trained");
    assertThat(refused("--ptq", "0")).contains("--ptq must be 1 or more");
    assertThat(refused("--ptq", "4", "--report", "page.html"))
        .contains("--report is for training, and --ptq alone trains nothing");
    for (String option : List.of("--lr 0.5", "--epochs 2", "--optimizer adam", "--freeze conv1")) {
      assertThat(refused((Object[]) ("--ptq 4 " + option).split(" ")))
          .contains(option.split(" ")[0] + " is for training, and --ptq alone trains nothing");
    }
    assertThat(refused("--sparsity", "1e-3")).contains("add --fuse-bn to keep them in training");
    assertThat(refused("--optimizer", "bop")).contains("bop flips 1-bit weights");
    assertThat(refused("--qaft")).contains("goes on from known ranges");
    assertThat(refused("--percentile", "0.9")).contains("--percentile goes with --observer");
    assertThat(refused("--observer", "percentile", "--percentile", "0.2")).contains("(0.5, 1]");
    assertThat(refusal(2, "--model", trained, "--observer", "histogram"))
        .contains("--observer needs --weights or --activations");
    assertThat(refusal(2, "--model", trained, "--qaft")).contains("--qaft needs --weights");
    assertThat(refusal(2, "--model", trained, "--weights", "8", "--activations", "1"))
        .contains("do not go together");
  }

  private String refused(Object... arguments) {
    List<Object> all =
        new ArrayList<>(List.of("--model", trained, "--weights", "8", "--activations", "8"));
    all.addAll(List.of(arguments));
    return refusal(2, all.toArray());
  }

  @Test
  void saysWhyThereIsNothingToQuantize() {
    assertThat(
            refusal(
                1,
                "--model",
                trained,
                "--weights",
                "8",
                "--activations",
                "8",
                "--leave-float",
                "*"))
        .contains("no layer to quantize")
        .contains("excluded by name");
  }

  private String refusal(int exitCode, Object... arguments) {
    Path output = folder.resolve("refused.onnx");
    Result result = Cli.run(command(output, arguments));
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    assertThat(output).doesNotExist();
    List<String> lines = result.err().lines().filter(line -> line.startsWith("quench ")).toList();
    assertThat(lines).hasSize(1);
    return lines.getFirst();
  }

  private static JsonNode train(Path output, Object... arguments) {
    Result result = Cli.run(command(output, arguments));
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err()).doesNotContain("defect");
    return result.json();
  }

  private static Object[] command(Path output, Object... arguments) {
    List<Object> command =
        new ArrayList<>(
            List.of("train", "--data", "demo-train", "--samples", 256, "-o", output, "--json"));
    command.addAll(List.of(arguments));
    if (!command.contains("--epochs") && !command.contains("--ptq")) {
      command.addAll(List.of("--epochs", "1"));
    }
    if (!command.contains("--batch-size")) {
      command.addAll(List.of("--batch-size", "32"));
    }
    return command.toArray();
  }
}
