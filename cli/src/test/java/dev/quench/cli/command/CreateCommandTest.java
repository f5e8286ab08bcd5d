// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.onnx.OnnxReader;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CreateCommandTest {
  @TempDir private Path folder;

  @Test
  void writesANetworkOfTheSizeThatWasAskedFor() throws IOException {
    Path file = folder.resolve("mobilenet.onnx");

    Result result = create("mobilenet-v2", "3x64x96", 20, "--width", 0.25, "-o", file, "--json");

    assertThat(result.exitCode()).isZero();
    assertThat(result.json().get("parameters").asLong()).isGreaterThan(200_000);
    assertThat(OnnxReader.read(file).graph().inputs().getFirst().shape())
        .contains(Shape.of(Dim.of("N"), Dim.of(3), Dim.of(64), Dim.of(96)));
    assertThat(OnnxReader.read(file).graph().outputs().getFirst().shape())
        .contains(Shape.of(Dim.of("N"), Dim.of(20)));
  }

  @Test
  void oneSeedGivesTheSameFile() {
    Path first = folder.resolve("first.onnx");
    Path second = folder.resolve("second.onnx");

    create("lenet", "1x28x28", 10, "--seed", 7, "-o", first);
    create("lenet", "1x28x28", 10, "--seed", 7, "-o", second);

    assertThat(second).hasSameBinaryContentAs(first);
  }

  @Test
  void refusesSizesThatTheNetworkCannotTake() {
    Path file = folder.resolve("x.onnx");

    assertUsage(create("csp-detector", "3x100x64", 2, "-o", file), "multiples of 32, got 100 x 64");
    assertUsage(create("resnet50", "224x224", 2, "-o", file), "channels, height and width");
    assertUsage(create("lenet", "1x1x1", 2, "-o", file), "too small for this network");
    assertUsage(create("lenet", "1x28x28", 1, "-o", file), "2 or more classes");
    assertUsage(create("alexnet", "1x28x28", 2, "-o", file), "unknown architecture 'alexnet'");
    assertThat(file).doesNotExist();
  }

  @Test
  void trainingTakesNoDetector() {
    Result result =
        Cli.run(
            "train", "--arch", "csp-detector", "--data", "demo", "-o", folder.resolve("x.onnx"));

    assertUsage(result, "csp-detector gives boxes");
  }

  private static Result create(String network, String input, int classes, Object... more) {
    Object[] arguments = new Object[6 + more.length];
    Object[] first = {"create", network, "--input", input, "--classes", classes};
    System.arraycopy(first, 0, arguments, 0, first.length);
    System.arraycopy(more, 0, arguments, first.length, more.length);
    return Cli.run(arguments);
  }

  private static void assertUsage(Result result, String message) {
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains(message);
  }
}
