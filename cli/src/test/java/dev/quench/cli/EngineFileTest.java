// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.quench.cli.Cli.Result;
import dev.quench.trt.inspect.TensorRtProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands on engines where there is no TensorRT: one line, no crash.
class EngineFileTest {
  @TempDir static Path folder;
  private static Path engine;

  @BeforeAll
  static void writeFile() throws IOException {
    assumeFalse(
        TensorRtProbe.availability().isAvailable(), "TensorRT is here; the GPU tests cover it");
    engine = folder.resolve("model.engine");
    Files.writeString(engine, "not a plan");
  }

  @Test
  void everyCommandSaysWhatIsMissing() {
    refused("TensorRT is not available", "inspect", engine);
    refused("TensorRT is not available", "profile", engine);
    refused(
        "TensorRT is not available",
        "run",
        engine,
        "--input",
        "x=x.npy",
        "-o",
        folder.resolve("o"));
    refused("TensorRT is not available", "eval", engine, "--data", "demo");
    refused("no such file", "inspect", folder.resolve("none.plan"));
  }

  private static void refused(String message, Object... command) {
    Result result = Cli.run(command);
    assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
    assertThat(result.err().lines().filter(line -> line.startsWith("quench "))).hasSize(1);
    assertThat(result.err()).contains(message).doesNotContain("\tat ");
  }

  @Test
  void buildOptionsAreCheckedFirst() {
    Path out = folder.resolve("out.engine");
    assertThat(Cli.run("build", "m.onnx", "-o", out, "--int8", "implicit").exitCode()).isEqualTo(2);
    assertThat(Cli.run("build", "m.onnx", "-o", out, "--cache", "c").exitCode()).isEqualTo(2);
    assertThat(Cli.run("build", "m.onnx", "-o", out, "--strongly-typed").exitCode()).isEqualTo(2);
    assertThat(Cli.run("build", "m.onnx", "-o", out, "--profile", "x").exitCode()).isEqualTo(2);
    assertThat(out).doesNotExist();
  }
}
