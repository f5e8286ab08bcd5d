// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Trains for one epoch on some hundred images, to see that all is recorded.
class ReproduceCommandTest {
  @TempDir private Path folder;

  private Result run(String table, String data, Object... arguments) {
    List<Object> command =
        new ArrayList<>(
            List.of("reproduce", table, "--data", data, "--work", folder.resolve("work")));
    command.addAll(List.of("-o", folder.resolve("out"), "--epochs", 1, "--json"));
    command.addAll(List.of(arguments));
    return Cli.run(command.toArray());
  }

  private JsonNode file(String name) throws IOException {
    return new ObjectMapper().readTree(folder.resolve("out").resolve(name).toFile());
  }

  @Test
  void trainsARowOnceAndRecordsIt() throws IOException {
    String data = "idx:" + BundledFolder.in(folder);
    Object[] arguments = {"--rows", "mlp,mlp-w1a1", "--seeds", 5, "--first", 300};

    Result first = run("binarynet", data, arguments);

    assertThat(first.exitCode()).as(first.err()).isZero();
    JsonNode run = file("binarynet-fashion-mnist/mlp-w1a1-seed5.json");
    assertThat(run.get("samples").asInt()).isEqualTo(300);
    assertThat(run.get("epochs")).hasSize(1);
    assertThat(run.get("epochs").get(0).get("validation").asDouble()).isPositive();
    assertThat(run.get("differences").get("onnxruntime").asInt()).isZero();
    assertThat(run.get("differences").get("xnor").asInt()).isZero();
    assertThat(run.get("packedBytes").asLong()).isLessThan(run.get("fileBytes").asLong() / 2);
    assertThat(run.get("versions").get("libtorch").asText()).startsWith("2.");
    assertThat(run.get("modelDigest").asText()).hasSize(64);
    assertThat(run.get("recipe").asText()).contains("SQUARED_HINGE", "30 samples held back");
    JsonNode rows = first.json().get("rows");
    assertThat(rows.get(1).get("loss").get("samples").asInt()).isEqualTo(300);
    assertThat(rows.get(0).get("meanTop1").asDouble() - rows.get(1).get("meanTop1").asDouble())
        .isCloseTo(rows.get(1).get("loss").get("points").asDouble(), within(1e-9));
    assertThat(Files.readString(folder.resolve("out/binarynet-fashion-mnist.md")))
        .contains("| mlp-w1a1 | perceptron | 1 / 1 | 5 | 1 |", "not comparable");

    String before =
        Files.readString(folder.resolve("out/binarynet-fashion-mnist/mlp-w1a1-seed5.json"));
    Result again = run("binarynet", data, arguments);
    assertThat(again.exitCode()).isZero();
    assertThat(again.err()).doesNotContain("epoch 1");
    assertThat(folder.resolve("out/binarynet-fashion-mnist/mlp-w1a1-seed5.json"))
        .hasContent(before);
  }

  /// Five training files and one test file of records of a class byte and three planes of 32 × 32.
  @Test
  void takesCifar10InItsBinaryLayout() throws IOException {
    Path cifar = Files.createDirectory(folder.resolve("cifar"));
    Random random = new Random(7);
    for (int i = 1; i <= 5; i++) {
      Files.write(cifar.resolve("data_batch_" + i + ".bin"), records(random, 12));
    }
    Files.write(cifar.resolve("test_batch.bin"), records(random, 20));

    Result result =
        run("binarynet", "cifar10:" + cifar, "--rows", "conv-w1a1", "--seeds", "1", "--threads", 1);

    assertThat(result.exitCode()).as(result.err()).isZero();
    JsonNode run = file("binarynet-cifar-10/conv-w1a1-seed1.json");
    assertThat(run.get("samples").asInt()).isEqualTo(20);
    assertThat(run.get("differences").get("xnor").asInt()).isZero();
  }

  private static byte[] records(Random random, int count) {
    byte[] bytes = new byte[count * 3073];
    random.nextBytes(bytes);
    for (int i = 0; i < count; i++) {
      bytes[i * 3073] = (byte) (i % 10);
    }
    return bytes;
  }

  @Test
  void refusesWhatItDoesNotKnow() throws IOException {
    String data = "idx:" + BundledFolder.in(folder);
    assertThat(run("micronet", data, "--rows", "w9").err())
        .contains("has no row 'w9'; expected nin");
    Result unknown = run("imagenet", data);
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("expected micronet or binarynet");
    assertThat(run("micronet", "npz:x.npz").err()).contains("expected idx:DIR or cifar10:DIR");
    try (Stream<Path> made = Files.list(folder.resolve("work"))) {
      assertThat(made).isEmpty();
    }
  }

  /// Quantizers, and pruning in groups with what follows, on some hundred images.
  @Test
  void trainsRowsThatStartFromAnother() throws IOException {
    String data = "idx:" + BundledFolder.in(folder);

    Result result =
        run(
            "micronet",
            data,
            "--rows",
            "pruned,iao-8-8,dorefa-8-8,pruned-w1.5a1",
            "--seeds",
            2,
            "--first",
            160);

    assertThat(result.exitCode()).as(result.err()).isZero();
    JsonNode whole = file("micronet-fashion-mnist/nin-seed2.json");
    JsonNode pruned = file("micronet-fashion-mnist/pruned-seed2.json");
    assertThat(pruned.get("parameters").asDouble())
        .isLessThan(0.48 * whole.get("parameters").asDouble());
    assertThat(pruned.get("epochs")).hasSize(2);
    JsonNode grouped = file("micronet-fashion-mnist/nin-gc-seed2.json");
    for (String row : List.of("iao-8-8", "dorefa-8-8")) {
      JsonNode quantized = file("micronet-fashion-mnist/" + row + "-seed2.json");
      assertThat(quantized.get("differences").get("onnxruntime").asInt()).as(row).isZero();
      assertThat(quantized.get("fileBytes").asLong())
          .as(row)
          .isLessThan(grouped.get("fileBytes").asLong() / 2);
    }
    JsonNode both = file("micronet-fashion-mnist/pruned-w1.5a1-seed2.json");
    assertThat(both.get("differences").get("xnor").asInt()).isZero();
    assertThat(both.get("publishedFormulaBytes").asLong())
        .isLessThan(grouped.get("publishedFormulaBytes").asLong() / 5);
  }

  @Test
  void makesTheTableWithoutTraining() throws IOException {
    String data = "idx:" + BundledFolder.in(folder);
    Result result = run("micronet", data, "--table-only");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.json().get("rows")).hasSize(10);
    assertThat(Files.readString(folder.resolve("out/micronet-fashion-mnist.md")))
        .contains("| w1a1 | grouped, quantized | 1 / 1 | – |");

    Result rows = run("micronet", data, "--table-only", "--rows", "nin");
    assertThat(rows.exitCode()).isEqualTo(2);
    assertThat(rows.err()).contains("--table-only shows the rows of all finished runs");
  }
}
