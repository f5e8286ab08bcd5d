// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli.Result;
import dev.quench.cli.option.BundledSample;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damages a real model again and again: each time the command line ends in order.
class HostileModelTest {
  private static final int MUTATIONS = 300;
  private static final long SEED = 20_260_101;

  @TempDir Path folder;

  @Test
  void everyDamagedModelIsReadOrRefusedInOneLine() throws IOException {
    byte[] good;
    try (InputStream in = Main.class.getResourceAsStream("demo/" + BundledSample.MODEL)) {
      good = in.readAllBytes();
    }
    SplittableRandom random = new SplittableRandom(SEED);
    Path file = folder.resolve("damaged.onnx");
    Path out = folder.resolve("out.onnx");
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      Files.write(file, mutated(good, random));
      String command = i % 3 == 0 ? "optimize" : "inspect";
      Result result =
          command.equals("optimize") ? Cli.run(command, file, "-o", out) : Cli.run(command, file);
      assertThat(result.exitCode()).as("mutation %d: %s", i, result.err()).isIn(0, 1);
      assertThat(result.err()).as("mutation %d", i).doesNotContain("defect", "\tat ", "\u001b");
      if (result.exitCode() == 1) {
        refused++;
        assertThat(result.err().lines().filter(line -> line.startsWith("quench ")))
            .as("mutation %d: %s", i, result.err())
            .hasSize(1);
      }
      Files.deleteIfExists(out);
      assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
    }
    assertThat(refused).isGreaterThan(MUTATIONS / 10);
  }

  /// Most of the file is weights, where a changed byte is a fine weight; so the structure around
  /// them is hit more often.
  private static byte[] mutated(byte[] good, SplittableRandom random) {
    byte[] bytes =
        random.nextInt(4) == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
    int hits = 1 + random.nextInt(8);
    for (int i = 0; i < hits && bytes.length > 0; i++) {
      int at =
          random.nextBoolean()
              ? random.nextInt(Math.min(bytes.length, 4096))
              : bytes.length - 1 - random.nextInt(Math.min(bytes.length, 1024));
      bytes[at] = (byte) random.nextInt(256);
    }
    return bytes;
  }
}
