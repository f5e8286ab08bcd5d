// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli.Result;
import dev.quench.cli.option.BundledSample;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// The bundled network in a folder of the test, and how commands end.
public abstract class BundledNetworkFixture {
  @TempDir protected static Path folder;

  protected static Path model;

  @BeforeAll
  static void writeModel() throws IOException {
    model = folder.resolve("nin.onnx");
    try (InputStream in = Main.class.getResourceAsStream("demo/" + BundledSample.MODEL)) {
      Files.copy(in, model);
    }
  }

  protected static void assertDone(Result result) {
    assertThat(result.err()).doesNotContain("defect");
    assertThat(result.exitCode()).as(result.err()).isZero();
  }

  /// Exit code, one line that begins with the command's name, and no half-written file.
  protected static void assertRefused(int exitCode, String message, Object... command) {
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
}
