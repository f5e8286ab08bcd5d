// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Trains on some of the bundled images.
class TrainCommandTest {
  @TempDir private Path folder;

  @Test
  void writesABinaryModelThatRunsAnywhere() throws IOException {
    Path output = folder.resolve("binary.onnx");

    JsonNode json =
        train(
            output,
            "--arch",
            "vgg-small",
            "--width",
            "0.25",
            "--batch-size",
            "32",
            "--weights",
            "1",
            "--activations",
            "1",
            "--validation",
            "128",
            "--augment",
            "shift-flip");

    assertThat(json.get("epochs")).hasSize(2);
    assertThat(json.get("epochs").get(1).get("validationAccuracy").asDouble()).isBetween(0.3, 1.0);
    assertThat(json.get("sizeBytes").asLong()).isEqualTo(Files.size(output));
    Model model = OnnxReader.read(output);
    assertThat(Double.parseDouble(model.metadata().get("preprocess.mean"))).isBetween(0.28, 0.29);
    TreeSet<Float> levels = new TreeSet<>();
    for (float w : model.graph().nodes().get(5).input(1).constant().orElseThrow().toFloats()) {
      levels.add(w);
    }
    assertThat(levels).containsExactly(-1f, 1f);
    Result eval = Cli.run("eval", output, "--data", "demo", "--limit", 200, "--json");
    assertThat(eval.json().get("results").get(0).get("top1").asDouble()).isGreaterThan(0.3);
  }

  @Test
  void resumesToTheSameFile() throws IOException {
    Path whole = folder.resolve("whole.onnx");
    Path resumed = folder.resolve("resumed.onnx");
    Object[] arguments = {"--arch", "lenet", "--checkpoint", folder.resolve("state"), "--resume"};

    train(whole, arguments);
    JsonNode again = train(resumed, arguments);

    assertThat(again.get("epochs")).hasSize(2);
    assertThat(resumed).hasSameBinaryContentAs(whole);
    assertThat(refused(1, "--arch", "lenet", "--checkpoint", folder.resolve("state")))
        .contains("continue it with --resume");
    assertThat(refused(1, "--arch", "nin", "--checkpoint", folder.resolve("state"), "--resume"))
        .contains("the checkpoint belongs to another run: its network");
  }

  /// Nothing is left of the statistics that a checkpoint holds.
  @Test
  void keepsCheckpointsOfFrozenStatistics() throws IOException {
    Path whole = folder.resolve("whole.onnx");
    Path resumed = folder.resolve("resumed.onnx");
    Object[] arguments = {
      "--arch",
      "lenet",
      "--freeze-statistics",
      "--validation",
      128,
      "--checkpoint",
      folder.resolve("state"),
      "--resume"
    };

    train(whole, arguments);
    train(resumed, arguments);

    assertThat(resumed).hasSameBinaryContentAs(whole);
  }

  @Test
  void refusesTheCheckpointOfAnotherModelOfTheSameForm() throws IOException {
    Path state = folder.resolve("state");
    Path first = folder.resolve("first.onnx");
    Path second = folder.resolve("second.onnx");
    train(first, "--arch", "lenet");
    train(second, "--model", first);
    train(folder.resolve("next.onnx"), "--model", first, "--checkpoint", state);

    assertThat(refused(1, "--model", second, "--checkpoint", state, "--resume"))
        .contains("the checkpoint belongs to another run: its settings have (start at model");

    Path file;
    try (Stream<Path> files = Files.list(state)) {
      file = files.findFirst().orElseThrow();
    }
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 3000));
    assertThat(refused(1, "--model", first, "--checkpoint", state, "--resume"))
        .contains(file + ": the checkpoint is damaged or truncated; delete it");
  }

  @Test
  void fineTunesAnInt8Network() throws IOException {
    Path trained = folder.resolve("float.onnx");
    Path tuned = folder.resolve("int8.onnx");
    train(trained, "--arch", "vgg-small", "--width", "0.25");

    train(tuned, "--model", trained, "--weights", "8", "--activations", "8");

    assertThat(Files.size(tuned)).isLessThan(Files.size(trained) / 3);
    Result eval =
        Cli.run(
            "eval", trained, tuned, "--data", "demo", "--limit", 500, "--json", "--max-drop", "3");
    assertThat(eval.exitCode()).as(eval.err()).isZero();
  }

  @Test
  void keepsTheBestEpochAndSaysSo() throws IOException {
    JsonNode json =
        train(
            folder.resolve("best.onnx"),
            "--arch",
            "lenet",
            "--validation",
            "128",
            "--sparsity-method",
            "ista",
            "--label-smoothing",
            "0.1",
            "--clip-gradient",
            "5");

    int best = 1;
    for (int i = 1; i < 2; i++) {
      double here = json.get("epochs").get(i).get("validationAccuracy").asDouble();
      double first = json.get("epochs").get(0).get("validationAccuracy").asDouble();
      best = here > first ? 2 : 1;
    }
    assertThat(json.get("keptEpoch").asInt()).isEqualTo(best);
    assertThat(json.get("epochs").get(1).get("validationLoss").asDouble()).isPositive();
  }

  @Test
  void frozenLayersStayAsTheModelHasThem() throws IOException {
    Path first = folder.resolve("first.onnx");
    Path second = folder.resolve("second.onnx");
    train(first, "--arch", "vgg-small", "--width", "0.25");
    String conv = OnnxReader.read(first).graph().nodes().getFirst().name();

    train(second, "--model", first, "--freeze", conv, "--lr-scale", "op:Conv=0.5");

    assertThat(weights(second, 0)).isEqualTo(weights(first, 0));
    assertThat(weights(second, 4)).isNotEqualTo(weights(first, 4));
    assertThat(refused(1, "--model", first, "--freeze", "nothing")).contains("matches no node");
  }

  @Test
  void learnsFromATeacher() throws IOException {
    Path teacher = folder.resolve("teacher.onnx");
    Path student = folder.resolve("student.onnx");
    train(teacher, "--arch", "vgg-small", "--width", "0.25", "--mean", "0.3", "--std", "0.4");
    String tensor = OnnxReader.read(teacher).graph().nodes().getFirst().output(0).name();

    train(
        student,
        "--arch",
        "vgg-small",
        "--width",
        "0.125",
        "--teacher",
        teacher,
        "--hint",
        tensor + "=" + tensor);

    Model model = OnnxReader.read(student);
    assertThat(model.metadata()).containsEntry("preprocess.mean", "0.3");
    assertThat(model.graph().nodes())
        .hasSameSizeAs(OnnxReader.read(teacher).graph().nodes())
        .noneMatch(node -> node.name().contains("regressor"));
    assertThat(refused(1, "--arch", "lenet", "--teacher", teacher, "--mean", "0.1", "--std", "0.4"))
        .contains("train the network with the teacher's --scale, --mean and --std");
    assertThat(refused(2, "--arch", "lenet", "--teacher", teacher, "--loss", "squared_hinge"))
        .contains("--teacher goes with --loss cross_entropy");
    assertThat(refused(2, "--arch", "lenet", "--teacher", teacher, "--hint", tensor))
        .contains("--hint takes TEACHER=STUDENT");
    assertThat(refused(2, "--arch", "lenet", "--temperature", "2"))
        .contains("--temperature needs --teacher MODEL");
  }

  private static float[] weights(Path file, int node) throws IOException {
    Model model = OnnxReader.read(file);
    return model.graph().nodes().get(node).input(1).constant().orElseThrow().toFloats();
  }

  @Test
  void refusesWhatDoesNotGoTogether() {
    assertThat(refused(2)).contains("give --arch or --model");
    assertThat(refused(2, "--arch", "vgg"))
        .contains("expected one of lenet, nin, nin-gc, vgg-small");
    assertThat(refused(2, "--arch", "lenet", "--weights", "8")).contains("both --weights 8");
    assertThat(refused(2, "--arch", "lenet", "--weights", "17")).contains("32, 2 to 16, 1.5 or 1");
    assertThat(refused(2, "--arch", "lenet", "--weights", "2.5")).contains("32, 2 to 16, 1.5 or 1");
    assertThat(refused(2, "--arch", "lenet", "--resume")).contains("--resume needs --checkpoint");
    assertThat(refused(2, "--arch", "lenet", "--epochs", "0")).contains("epochs must be 1 or more");
    assertThat(refused(1, "--arch", "lenet", "--device", "cuda")).contains("finds no CUDA");
    assertThat(refused(2, "--arch", "lenet", "--device", "cuda:0,1")).contains("uses one GPU");
    assertThat(refused(2, "--arch", "lenet", "--keep", "best")).contains("needs --validation N");
    assertThat(refused(2, "--arch", "lenet", "--label-smoothing", "1")).contains("in [0, 1)");
    assertThat(refused(2, "--arch", "lenet", "--augment", "crop")).contains("shift-flip or none");
    assertThat(refused(2, "--arch", "lenet", "--lr", "1e39")).contains("at most 1e+06, got 1.0E39");
    assertThat(refused(2, "--arch", "lenet", "--weight-decay", "1e39")).contains("from 0 to 1e+06");
    assertThat(refused(2, "--arch", "lenet", "--glorot")).contains("is for --weights 1 or 1.5");
    assertThat(refused(2, "--arch", "lenet", "--optimizer", "bop")).contains("give --weights 1");
    assertThat(refused(1, "--arch", "lenet", "--lr", "1e6", "--warm-up", "0"))
        .contains("diverges; lower the learning rate");
  }

  private JsonNode train(Path output, Object... arguments) {
    Result result = Cli.run(command(output, arguments));
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err()).doesNotContain("defect");
    return result.json();
  }

  private String refused(int exitCode, Object... arguments) {
    Path output = folder.resolve("refused.onnx");
    Result result = Cli.run(command(output, arguments));
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    assertThat(output).doesNotExist();
    List<String> lines = result.err().lines().filter(line -> line.startsWith("quench ")).toList();
    assertThat(lines).hasSize(1);
    return lines.getFirst();
  }

  private static Object[] command(Path output, Object... arguments) {
    List<Object> command =
        new ArrayList<>(
            List.of("train", "--data", "demo-train", "--samples", 768, "-o", output, "--json"));
    command.addAll(List.of(arguments));
    if (!command.contains("--epochs")) {
      command.addAll(List.of("--epochs", 2, "--threads", 1));
    }
    return command.toArray();
  }
}
