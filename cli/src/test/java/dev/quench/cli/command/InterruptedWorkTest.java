// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Asks processes that compute in native libraries to end, as Ctrl-C and `kill` do.
class InterruptedWorkTest {
  private static final int ENDED_BY_SIGTERM = 143;
  private static final long SECONDS = 120;
  private static final String EPOCHS = "200";

  @TempDir private Path folder;

  /// What a process wrote to standard error, and how it ended.
  private record Ended(int exitCode, List<String> lines) {
    String last() {
      return lines.getLast();
    }
  }

  @Test
  void trainingStopsBetweenStepsAndKeepsTheLastEpoch() throws Exception {
    Path state = folder.resolve("state");

    Ended ended = endAfter("epoch 2 of " + EPOCHS, train("--checkpoint", state.toString()));

    assertThat(ended.exitCode()).isEqualTo(ENDED_BY_SIGTERM);
    assertThat(ended.last())
        .matches(
            "quench train: training stopped in epoch \\d+ of 200; .*train.checkpoint keeps the \\d+ finished epochs; go on with the same command and --resume");
    assertThat(crashReports()).isEmpty();
    Ended again = endAfter("epoch ", train("--checkpoint", state.toString(), "--resume"));
    assertThat(again.lines().getFirst()).doesNotContain("epoch 1 of").doesNotContain("epoch 2 of");
  }

  @Test
  void trainingWithoutACheckpointSaysThatNothingIsKept() throws Exception {
    Ended ended = endAfter("epoch 1 of " + EPOCHS, train());

    assertThat(ended.exitCode()).isEqualTo(ENDED_BY_SIGTERM);
    assertThat(ended.last())
        .contains("training is lost; name a file for checkpoints to keep it")
        .endsWith("give a folder with --checkpoint to keep each epoch");
    assertThat(crashReports()).isEmpty();
  }

  @Test
  void recipesSayThatTheyGoOn() throws Exception {
    Path recipe = folder.resolve("recipe.yaml");
    Files.writeString(
        recipe,
        """
        steps:
          - step: train
            arch: vgg-small
            width: 0.25
            epochs: 200
        """);

    Ended ended =
        endAfter(
            "epoch 1 of " + EPOCHS,
            List.of(
                "recipe",
                recipe.toString(),
                "--data",
                "idx:" + BundledFolder.in(folder),
                "--work",
                folder.resolve("work").toString()));

    assertThat(ended.exitCode()).isEqualTo(ENDED_BY_SIGTERM);
    assertThat(ended.last())
        .contains("line 2, step train: training stopped in epoch")
        .endsWith("run the recipe again to go on");
    assertThat(crashReports()).isEmpty();
  }

  private List<String> train(String... more) {
    List<String> command =
        new ArrayList<>(
            List.of("train", "--data", "demo-train", "--samples", "512", "--arch", "vgg-small"));
    command.addAll(List.of("--width", "0.25", "--epochs", EPOCHS, "--threads", "2"));
    command.addAll(List.of("-o", folder.resolve("trained.onnx").toString()));
    command.addAll(List.of(more));
    return command;
  }

  /// Runs a command and asks it to end once it has written a line that begins so.
  private Ended endAfter(String start, List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:-CreateCoredumpOnCrash",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName()));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(folder.resolve("out.txt").toFile())
            .start();
    List<String> lines = new ArrayList<>();
    boolean asked = false;
    try (BufferedReader errors = process.errorReader()) {
      for (String line = errors.readLine(); line != null; line = errors.readLine()) {
        lines.add(line);
        if (!asked && line.startsWith(start)) {
          asked = true;
          process.toHandle().destroy(); // leaves the streams open
        }
      }
      assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(asked).as(String.join("\n", lines)).isTrue();
    return new Ended(process.exitValue(), lines);
  }

  private List<String> crashReports() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(Path::toString).filter(name -> name.contains("hs_err")).toList();
    }
  }
}
